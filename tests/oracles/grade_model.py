"""What a student's grades are, once more: dicts, fractions and loops, from docs/gradebook.md and
docs/grading.md alone.

It shares no code with oslab. A situation is plain data (see `grade_situations.py`); times are seconds since
1970 in UTC, and the clocks of Zurich are worked out from the rule itself: summer time from the last Sunday
of March to the last Sunday of October, at 1:00 UTC.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from fractions import Fraction

DAY = 24 * 60 * 60


# Clocks
def last_sunday(year, month):
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= timedelta(days=1)
    return calendar.timegm((year, month, day.day, 1, 0, 0))


def offset_at(instant):
    """How much the clocks of Zurich are ahead of UTC, in seconds."""
    year = datetime(1970, 1, 1) + timedelta(seconds=float(instant))
    summer = last_sunday(year.year, 3) <= instant < last_sunday(year.year, 10)
    return 7200 if summer else 3600


def instant_of(wall):
    """Of a time that comes twice the first; one that is skipped is as long after midnight as on other
    days, when the clocks show an hour more."""
    seconds = calendar.timegm(wall.timetuple()) + Fraction(wall.microsecond, 1000000)
    for offset in (7200, 3600):
        if offset_at(seconds - offset) == offset:
            return seconds - offset
    return seconds - 3600


def due_of(assignment, extension):
    due = instant_of(assignment["due"])
    if not extension:
        return due
    added = re.fullmatch(r"\+(\d+)(min|h|d)", extension)
    if added and added[2] == "d":
        return max(due, instant_of(assignment["due"] + timedelta(days=int(added[1]))))
    if added:
        return due + int(added[1]) * {"min": 60, "h": 3600}[added[2]]
    until = datetime.fromisoformat(extension)
    if until.tzinfo is None:
        return max(due, instant_of(until))
    wall = until.replace(tzinfo=None) - until.utcoffset()
    return max(due, calendar.timegm(wall.timetuple()) + Fraction(wall.microsecond, 1000000))


# Decisions
def about(situation, assignment, kind, student="", question="", attempt=""):
    """Those that no other took the place of, in the order of time."""
    replaced = {name for d in situation["decisions"] for name in d["replaces"]}
    found = [
        d
        for d in situation["decisions"]
        if (d["assignment"], d["kind"], d["student"]) == (assignment["name"], kind, student)
        and d["question"] == question
        and d["attempt"] == attempt
        and d["id"] not in replaced
    ]
    return sorted(found, key=lambda d: (d["at"], d["id"]))


def agreed(values):
    """What all say, and whether they do."""
    different = []
    for value in values:
        if value not in different:
            different.append(value)
    if len(different) > 1:
        return None, True
    return (different[0] if different else None), False


def essay_points(question, value):
    if value == "":
        return None
    if value == "-":
        return Fraction(0)
    if value[0].isdigit():
        return Fraction(value)
    return sum((question["rubric"][ord(letter) - ord("a")] for letter in value), Fraction(0))


def amendments(situation, assignment):
    """Those in force, in the order in which they were put into force, then made; twice is once."""
    replaced = {name for d in situation["decisions"] for name in d["replaces"]}
    here = [d for d in situation["decisions"] if d["assignment"] == assignment["name"]]
    found, known = [], set()
    for apply in sorted(here, key=lambda d: (d["at"], d["id"])):
        if apply["kind"] != "apply":
            continue
        for amend in sorted(here, key=lambda d: (d["at"], d["id"])):
            if amend["kind"] != "amend" or amend["id"] not in apply["attempt"].split():
                continue
            if amend["value"] and amend["id"] not in replaced | known:
                known.add(amend["id"])
                found.append((amend["question"], amend["value"], apply["value"]))
    return found


# One question of one upload
def question_of(situation, assignment, upload, question, part, in_force):
    """What it earns; `earned` None: nobody can say. `part`: its marks, None where there are none."""
    name, points = question["name"], question["points"]
    earned, waits = (part["earned"], part["waits"]) if part else (None, Fraction(0))
    found = {"points": points, "void": False, "conflict": False, "by": set()}
    for amended, value, mode in in_force:
        if amended != name:
            continue
        if value == "void":
            found["void"] = True
        elif value == "full":
            earned, waits = points, Fraction(0)
        elif part and value in part["alternatives"]:
            by_key = part["alternatives"][value]
            if value.startswith("key:") and mode == "replace":
                earned, waits = by_key, part["waits"]
            else:
                earned = max(earned, by_key)
    found["automatic"] = earned
    if earned is not None and waits:
        said = essays_read(situation, assignment, upload, name, part["text"])
        given, found["conflict"] = agreed([essay_points(question, d["value"]) for d in said])
        if given is not None:
            earned, waits = earned + min(given, waits), Fraction(0)
            found["by"] = {d["by"] for d in said}
    given, by, _ = by_hand(situation, assignment, name)
    if given is not None:
        earned, waits, found["conflict"], found["by"] = given, Fraction(0), False, by
    if found["void"]:
        earned, waits, found["conflict"] = Fraction(0), Fraction(0), False
    return found | {"earned": earned, "waits": waits}


def by_hand(situation, assignment, question):
    """Points, whose decision, and whether two differ."""
    said = about(situation, assignment, "points", situation["student"], question)
    value, conflict = agreed([Fraction(d["value"]) if d["value"] else None for d in said])
    return value, {d["by"] for d in said}, conflict


def essays_read(situation, assignment, upload, question, text):
    """What was said of an essay: in this upload, else in others of the same text."""
    for elsewhere in (False, True):
        said = []
        for other in assignment["uploads"]:
            marks = assignment["marks"].get(read_as(situation, assignment, other)[0])
            same_text = (
                marks and not marks["refused"] and marks["questions"][question]["text"] == text
            )
            same_file = other["sheet"] == upload["sheet"]
            if other is upload or (same_text and (same_file or elsewhere)):
                said += about(situation, assignment, "essay", other["by"], question, other["sheet"])
        if said:
            return said
    return []


def read_as(situation, assignment, upload):
    """Whose variant and which bytes are marked; and whether two differ about that."""
    variants = about(situation, assignment, "sheet", upload["by"])
    repairs = about(situation, assignment, "repair", upload["by"], "", upload["sheet"])
    owner, differ = agreed([d["value"] for d in variants])
    sheet, too = agreed([d["value"] for d in repairs])
    if differ or too:
        return (assignment["owner"], upload["sheet"]), True
    return (owner or assignment["owner"], sheet or upload["sheet"]), False


# One upload
def candidate(situation, assignment, upload, due, left, in_force):
    key, conflict = read_as(situation, assignment, upload)
    settlements = about(situation, assignment, "settle", upload["by"], "", upload["sheet"])
    settled, differ = agreed([d["value"] == "yes" for d in settlements])
    if differ or conflict:
        key, conflict, settled = (assignment["owner"], upload["sheet"]), True, False
    marks = assignment["marks"].get(key)
    questions = {}
    for question in assignment["questions"]:
        part = None
        if marks and not marks["refused"]:
            part = marks["questions"][question["name"]]
            if part["fault"] or (part["unreadable"] and not settled):
                part = None
        elif marks and marks["refused"] != "stopped" and settled:
            part = {"earned": Fraction(0), "waits": Fraction(0), "text": "", "alternatives": {}}
        questions[question["name"]] = question_of(
            situation, assignment, upload, question, part, in_force
        )
    counted = [q for q in questions.values() if not q["void"]]
    found = {
        "upload": upload, "read": key, "questions": questions,
        "conflict": any(q["conflict"] for q in counted),
        "unreadable": conflict or any(q["earned"] is None for q in counted),
        "sum": sum((q["earned"] or 0 for q in counted), Fraction(0)),
        "waits": sum((q["waits"] for q in counted), Fraction(0)),
    }  # fmt: skip
    return found | lateness(situation["late"], upload, due, left)


def lateness(late, upload, due, left):
    found = {"days": 0, "grace": 0, "penalty": Fraction(0), "too_late": False, "no_time": False,
             "in_lms": False}  # fmt: skip
    if upload["time"] is not None:
        after = upload["time"] - due - late["slack"] * 60
        while after > 0:
            found["days"] += 1
            after -= DAY
    if late["by"] == "lms":
        says = upload["late"]
        found["in_lms"] = found["days"] > 0 if says is None else says
    elif late["cutoff"] is not None and found["days"] > late["cutoff"]:
        found |= {"too_late": True, "penalty": Fraction(1)}
    elif late["per_day"]:
        found["grace"] = min(found["days"], left)
        found["penalty"] = min(Fraction(1), (found["days"] - found["grace"]) * late["per_day"])
    costs = late["by"] == "oslab" and (late["per_day"] or late["cutoff"] is not None)
    found["no_time"] = bool(costs) and upload["time"] is None and upload["late"] is not False
    return found


def least(c):
    """What is certain. An upload of unknown time may be too late."""
    return Fraction(0) if c["no_time"] else c["sum"] * (1 - c["penalty"])


def most(c):
    return (c["sum"] + c["waits"]) * (1 - c["penalty"])


def worth(c):
    """What it can earn; of equal ones the one that is surer."""
    return most(c), least(c), not c["no_time"] and not c["waits"]


def comes_after(one, other):
    """Whether somebody says so; which of two that are read alike came last does not matter."""
    if one["read"] == other["read"]:
        return True
    for what in ("time", "order"):
        a, b = one["upload"][what], other["upload"][what]
        if a and b and a != b:
            return a > b
    return False


def earliest_first(upload):
    """One without a time stands before those with one."""
    return upload["time"] or 0, upload["order"], upload["sheet"]


# One assignment
def grade_of(situation, assignment, left):
    student, questions = situation["student"], assignment["questions"]
    in_force = amendments(situation, assignment)
    void = {name for name, value, _ in in_force if value == "void"}
    extension, conflict = agreed(
        [d["value"] for d in about(situation, assignment, "extend", student)]
    )
    excused, differ = agreed(
        [d["value"] == "yes" for d in about(situation, assignment, "excuse", student)]
    )
    found = {
        "status": "missing", "due": due_of(assignment, extension), "chosen": None, "grace": 0,
        "total": None, "so_far": Fraction(0), "comments": comments(situation, assignment),
        "points": sum((q["points"] for q in questions if q["name"] not in void), Fraction(0)),
    }  # fmt: skip
    if excused:
        return found | {"status": "excused"}
    conflict = (
        conflict or differ or any(by_hand(situation, assignment, q["name"])[2] for q in questions)
    )
    if not assignment["uploads"]:
        if conflict:
            return found | {"status": "withheld"}
        return by_hand_alone(situation, assignment, void, found)
    candidates = [
        candidate(situation, assignment, u, found["due"], left, in_force)
        for u in sorted(assignment["uploads"], key=earliest_first)
    ]
    chosen = candidates[-1]
    if assignment["counts"] == "last":
        known = False
        for one in candidates:
            if all(comes_after(one, other) for other in candidates):
                chosen, known = one, True
        conflict = conflict or not known
    else:
        readable = [c for c in candidates if not c["unreadable"]]
        for place, one in enumerate(readable):
            if place == 0 or worth(one) > worth(chosen):
                chosen = one
    found |= {"chosen": chosen, "grace": chosen["grace"], "so_far": least(chosen)}
    if conflict or chosen["conflict"] or chosen["unreadable"] or chosen["no_time"]:
        return found | {"status": "withheld"}
    if chosen["waits"]:
        return found | {"status": "waits"}
    return found | {"status": "final", "total": half_up(least(chosen))}


def by_hand_alone(situation, assignment, void, found):
    """Nothing was handed in: missing, unless somebody gave points."""
    given = {
        q["name"]: by_hand(situation, assignment, q["name"])[0] for q in assignment["questions"]
    }
    if all(points is None for points in given.values()):
        return found
    total = sum((given[name] or Fraction(0) for name in given if name not in void), Fraction(0))
    return found | {"status": "final", "so_far": total, "total": half_up(total)}


def comments(situation, assignment):
    """Question ("" for the whole) → texts: the student's own, and what was written while reading an
    upload that is theirs too, whoever of the team handed it in."""
    replaced = {name for d in situation["decisions"] for name in d["replaces"]}
    uploaders = {u["by"] for u in assignment["uploads"]}
    found = {}
    for d in sorted(situation["decisions"], key=lambda d: (d["at"], d["id"])):
        mine = d["student"] == situation["student"] or (d["attempt"] and d["student"] in uploaders)
        here = (d["kind"], d["assignment"]) == ("comment", assignment["name"]) and mine
        if here and d["value"] and d["id"] not in replaced:
            found.setdefault(d["question"], []).append(d["value"])
    return found


def half_up(points):
    cents = points * 100
    whole = int(cents)
    if cents - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole, 100)


def grades(situation):
    """Assignment → grade, of those handed out."""
    left = situation["late"]["grace"]
    found = {}
    for assignment in sorted(situation["assignments"], key=lambda a: instant_of(a["due"])):
        if assignment["handed_out"]:
            found[assignment["name"]] = grade_of(situation, assignment, left)
            left -= found[assignment["name"]]["grace"]
    return found
