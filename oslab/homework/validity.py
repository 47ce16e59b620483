"""What makes a class file valid beyond the kinds of its values: everything in it that becomes part of a
sheet, a file name, a time or a command line is held to what that may be."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from oslab.allowed import requirement
from oslab.errors import InputError
from oslab.exercise.assembling import MOST_QUESTIONS, read_reference
from oslab.exercise.parts import QUESTION
from oslab.homework.ids import is_id
from oslab.homework.pattern import matches
from oslab.quantities import shown

if TYPE_CHECKING:
    from oslab.homework.classfile import ClassFile, ClassQuestion

_ASSIGNMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ANSWER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){8,64}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+]{0,30}")
_LONGEST = 200


def faults_of(read: ClassFile) -> list[str]:
    """What is wrong with the values, where their kinds are right."""
    faults = []
    if read.format < 1:
        faults.append(f"format is {read.format}; 1 expected")
    if not _ASSIGNMENT.fullmatch(read.assignment) or not is_id(read.name):
        faults.append(
            f"assignment is {shown(read.assignment)}; COURSE/NAME expected, such as os101-2026/hw1"
        )
    for key, text in (("title", read.title), ("course", read.course)):
        if not text.strip() or len(text) > _LONGEST:
            faults.append(f"{key} must be a text of 1 to {_LONGEST} characters")
    if type(read.due) is not datetime or read.due.tzinfo or not 1970 < read.due.year < 9000:
        faults.append("due must be a local date and time, such as 2026-03-02T23:59:00")
    if not _is_zone(read.timezone):
        zone = shown(read.timezone)
        faults.append(f"timezone is {zone}; a name such as Europe/Zurich or UTC expected")
    if not _KEY.fullmatch(read.key):
        faults.append("key must be 16 to 128 hex digits")
    if not _VERSION.fullmatch(read.oslab):
        faults.append(f"oslab is {shown(read.oslab)}; a version such as 1.4.2 expected")
    for check, texts in ((matches, [read.student_id]), (_required, read.plugins)):
        for text in texts:
            try:
                check(text, "")
            except InputError as error:
                faults.append(f"{'student_id' if check is matches else 'plugins'}: {error}")
    if not 1 <= len(read.questions) <= MOST_QUESTIONS:
        faults.append(f"questions: 1 to {MOST_QUESTIONS} are expected, not {len(read.questions)}")
        return faults
    for key in ("name", "exercise"):
        named = [getattr(q, key) for q in read.questions]
        faults += [
            f"questions: {key} {shown(name)} stands twice"
            for name in dict.fromkeys(named)
            if named.count(name) > 1
        ]
    for i, question in enumerate(read.questions):
        faults += [f"questions[{i}].{fault}" for fault in _question_faults(question)]
    return faults


def _required(text: str, _: str) -> None:
    requirement(text)


def _question_faults(question: ClassQuestion) -> list[str]:
    faults = []
    if not QUESTION.fullmatch(question.name):
        faults.append(f"name is {shown(question.name)}; q1, q2 … expected")
    made = f"{question.exercise} {question.problem}/{question.version}"
    reference = read_reference(made)
    if reference is None or str(reference) != made:
        faults.append(
            f"exercise, problem, version: {shown(made, 100)} cannot stand in a sheet; "
            "paging/replace-fifo paging.replace/1 could"
        )
    if question.entry.problem != question.problem:
        faults.append(
            f"entry.problem is {shown(question.entry.problem)}, but problem {shown(question.problem)}"
        )
    answers = [answer.name for answer in question.entry.answer]
    if not answers:
        faults.append("entry.answer: at least one is needed")
    faults += [
        f"entry.answer: the name {shown(name)} must be letters, digits, - and _"
        for name in answers
        if not _ANSWER.fullmatch(name)
    ]
    return faults


def _is_zone(name: str) -> bool:
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
