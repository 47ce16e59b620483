"""Autograders: an assignment packed so that a platform grades uploads by itself, one at a time.

On the platform runs ``python -m oslab_grader.autograder PLATFORM FOLDER``.
"""
