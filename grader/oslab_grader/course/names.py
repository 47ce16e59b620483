"""What may be the name of a course and of an assignment; `oslab.homework.ids` has it for people."""

from __future__ import annotations

import re

ASSIGNMENT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
COURSE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
