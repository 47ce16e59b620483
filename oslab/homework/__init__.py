"""Homework on a student's machine: class files, personal sheets, what `check` may say of them."""
