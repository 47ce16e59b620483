"""Whole situations of one student in one term, drawn as plain data for `grade_model.py`, and the same as
oslab's records. Nothing here knows what a grade is."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from oslab_grader.book.decision import Decision, Decisions, together
from oslab_grader.book.grades import Handed
from oslab_grader.course.model import Assignment, Course, LatePolicy, QuestionSetting
from oslab_grader.course.roster import Person
from oslab_grader.handout.record import HandedQuestion, Head
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.result import MarkedAnswer, MarkedPart, Result

ZURICH = ZoneInfo("Europe/Zurich")
KEYS = ("accept:late-hit", "accept:other-tie", "key:00112233aabbccdd", "key:ffee998877665544")
# The days before and after a change of clocks are days like others to whoever sets a due date.
DUE = [
    datetime(2026, 3, 27, 23, 59), datetime(2026, 3, 28, 2, 30), datetime(2026, 3, 29, 1, 59),
    datetime(2026, 3, 29, 23, 59), datetime(2026, 4, 6, 12, 0), datetime(2026, 10, 24, 2, 30),
    datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 23, 59), datetime(2026, 11, 2, 8, 0),
]  # fmt: skip
DAY = 24 * 60 * 60


def draw(seed: int) -> dict:
    """A situation; small ones first."""
    rng = random.Random(seed)
    size = min(3, 1 + seed // 500)
    oslab = rng.random() < 0.7
    late = {
        "by": "oslab" if oslab else "lms",
        "per_day": rng.choice([Fraction(0), Fraction(1, 10), Fraction(1, 10), Fraction(1, 3), Fraction(1)]),
        "slack": rng.choice([0, 0, 10, 120, 24 * 60]),
        "cutoff": rng.choice([None, None, 0, 1, 2, 5]),
        "grace": rng.choice([0, 1, 2, 3, 5]),
    }  # fmt: skip
    assignments = [draw_assignment(rng, f"hw{i}", size) for i in range(1, 1 + rng.randint(1, size))]
    situation = {"student": "s1", "late": late, "assignments": assignments, "decisions": []}
    draw_decisions(rng, situation, rng.choice([0, 0, 1, 2, 4, 8, 12]))
    draw_marks(rng, situation)
    return situation


def draw_assignment(rng, name, size):
    team = rng.random() < 0.25
    questions = []
    for i in range(1, 1 + rng.randint(1, size)):
        kind = rng.choice(["auto", "auto", "auto", "essay", "mixed"])
        essay = rng.choice([Fraction(4), Fraction(3, 2)]) if kind != "auto" else Fraction(0)
        auto = rng.choice([Fraction(8), Fraction(1, 3), Fraction(5, 2)]) if kind != "essay" else 0
        questions.append({
            "name": f"q{i}", "points": essay + auto, "essay": essay,
            "rubric": [essay / 4, essay / 2, rng.choice([essay / 4, essay])] if essay else [],
        })  # fmt: skip
    due = rng.choice(DUE)
    uploads = []
    nobody_knows = rng.random() < 0.1
    # As oslab keeps them, the date is only the reference of the draw.
    at = int(due.replace(tzinfo=ZURICH).timestamp())
    for number in range(rng.choice([0, 1, 1, 1, 1, 2, 2, 2, 3]) if size > 1 else rng.randint(0, 2)):
        known = not nobody_knows and rng.random() < 0.95
        time = at + rng.choice([
            -rng.randint(0, 3 * DAY), rng.randint(0, 6 * DAY), rng.randint(-2, 2),
            rng.randint(0, 7) * DAY + rng.choice([-3600, 0, 3600, 600]) + rng.randint(-1, 1),
        ])  # fmt: skip
        uploads.append({
            "sheet": digest(f"{name} {number}"), "by": rng.choice(["s1", "s2"]) if team else "s1",
            "time": time if known else None,
            "late": rng.choice([None, None, True, False]),
            "order": rng.choice([0, rng.randint(1, 5)]),
        })  # fmt: skip
    if team and len(uploads) > 1 and uploads[0]["by"] != uploads[1]["by"] and rng.random() < 0.3:
        uploads[1]["sheet"] = uploads[0]["sheet"]  # both members handed in the same file
    return {
        "name": name, "due": due, "counts": rng.choice(["best", "best", "last"]), "team": team,
        "owner": "t1" if team else "s1", "questions": questions, "uploads": uploads, "marks": {},
        "handed_out": bool(uploads) or rng.random() < 0.8,
    }  # fmt: skip


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


# What graders decide
def draw_decisions(rng, situation, count):
    """Three graders, each of whom has seen their own decisions, and now and then everybody's."""
    graders = ["ana", "ben", "cid"][: rng.randint(1, 3)]
    often = {"points": 10, "comment": 5, "extend": 10, "amend": 15, "apply": 10, "excuse": 1,
             "repair": 5, "sheet": 5, "settle": 10, "essay": 20}  # fmt: skip
    if rng.random() < 0.2:
        often, count = {"amend": 5, "apply": 4, "essay": 1}, 3 * count
    together = rng.choice([0.3, 0.6, 0.9])
    seen = {grader: set() for grader in graders}
    made = situation["decisions"]
    for number in range(count):
        grader = rng.choice(graders)
        if rng.random() < together:
            seen[grader] = {d["id"] for d in made}
        subject = draw_subject(rng, situation, often)
        if subject is None:
            continue
        known = [d for d in made if d["id"] in seen[grader]]
        gone = {name for d in known for name in d["replaces"]}
        replaces = [
            d["id"] for d in known if d["id"] not in gone and replaced_by(subject, d, grader)
        ]
        if subject["kind"] == "apply":
            subject["attempt"] = " ".join(pending(known, gone, subject["assignment"]))
            if not subject["attempt"]:
                continue
        at = max([d["at"] for d in known], default=0) + rng.randint(1, 3)
        decision = {"id": digest(f"{number} {rng.random()}")[:12], "at": at, "by": grader,
                    "replaces": replaces, **subject}  # fmt: skip
        made.append(decision)
        seen[grader].add(decision["id"])


def replaced_by(subject, decision, grader):
    """Whether a new decision takes the place of one that its maker knows."""
    keys = ["kind", "assignment", "student", "question"]
    if subject["kind"] in ("repair", "settle", "essay"):
        keys.append("attempt")
    if subject["kind"] == "apply" or (subject["kind"] == "amend" and subject["value"]):
        return False
    if subject["kind"] == "comment" and decision["by"] != grader:
        return False
    return all(decision[key] == subject[key] for key in keys)


def pending(known, gone, assignment):
    """Amendments that nobody has put into force, in the order in which they were made."""
    here = sorted(
        (d for d in known if d["assignment"] == assignment), key=lambda d: (d["at"], d["id"])
    )
    applied = {name for d in here if d["kind"] == "apply" for name in d["attempt"].split()}
    alive = (d for d in here if d["kind"] == "amend" and d["value"] and d["id"] not in gone)
    return [d["id"] for d in alive if d["id"] not in applied]


def draw_subject(rng, situation, often):
    a = rng.choice(situation["assignments"])
    q = rng.choice(a["questions"])
    subject = {"assignment": a["name"], "student": "s1", "question": "", "attempt": ""}
    kind = subject["kind"] = rng.choices(list(often), list(often.values()))[0]
    if kind in ("repair", "sheet", "settle", "essay") and not a["uploads"]:
        return None
    if a["team"] and kind in ("points", "comment", "extend", "excuse") and rng.random() < 0.2:
        subject["student"] = "s2"  # the other member's: no business of s1
    if kind in ("repair", "sheet", "settle", "essay") or (
        kind == "comment" and a["uploads"] and rng.random() < 0.5
    ):
        upload = rng.choice(a["uploads"])
        subject["student"] = upload["by"]
        if kind != "sheet":
            subject["attempt"] = upload["sheet"]
    if kind in ("points", "essay", "amend") or (kind == "comment" and rng.random() < 0.7):
        subject["question"] = q["name"]
    if kind == "essay" and not q["essay"]:
        return None
    back = rng.random() < 0.2
    if back and kind == "apply":
        return None
    if back:
        return subject | {"value": ""}
    values = {
        "points": [str(q["points"] * Fraction(n, 4)) for n in (1, 2, 3, 4)] + ["0", "0.0"],
        "essay": ["-", "a", "ab", "b", "bc", "abc", "0", "1", "1.0", "3/4", "0.75", str(q["essay"])],
        "comment": ["good", "see the book", "again"],
        "excuse": ["yes"], "settle": ["yes"],
        "repair": [digest("repair 1"), digest("repair 2")],
        "sheet": [a["owner"], "s9", "s8"],
        "amend": ["void", "full", *KEYS, *KEYS], "apply": ["keep-higher", "replace"],
        "extend": draw_extensions(rng, a["due"]),
    }  # fmt: skip
    return subject | {"value": rng.choice(values[kind])}


def draw_extensions(rng, due):
    until = due + timedelta(days=rng.randint(-2, 4), hours=rng.randint(-4, 4))
    return ["+0d", "+1d", "+2d", "+7d", "+30min", "+24h", "+48h", "+1h", until.isoformat(),
            until.isoformat() + rng.choice(["+02:00", "Z", "-05:30"])]  # fmt: skip


# What marking gives
def draw_marks(rng, situation):
    for a in situation["assignments"]:
        owners = {a["owner"]} | {
            d["value"] for d in situation["decisions"]
            if d["kind"] == "sheet" and d["assignment"] == a["name"] and d["value"]
        }  # fmt: skip
        sheets = {u["sheet"] for u in a["uploads"]} | {digest("repair 1"), digest("repair 2")}
        for owner in sorted(owners):
            for sheet in sorted(sheets):
                if rng.random() < 0.99:
                    a["marks"][owner, sheet] = draw_result(rng, a["questions"], sheet)


def draw_result(rng, questions, sheet):
    refused = rng.choice([""] * 30 + ["unreadable", "not a sheet", "stopped"])
    parts = {}
    for q in questions:
        auto = q["points"] - q["essay"]
        part = {"fault": "", "unreadable": False, "text": "", "waits": Fraction(0)}
        part["earned"] = auto * rng.choice(
            [Fraction(0), Fraction(1), Fraction(rng.randint(0, 7), 7)]
        )
        part["alternatives"] = {k: auto * Fraction(rng.randint(0, 4), 4) for k in KEYS}
        text = essay_in(sheet, q)
        if text:
            part |= {"waits": q["essay"], "text": text}
        if rng.random() < 0.05:
            part["unreadable"] = True
        elif rng.random() < 0.02:
            part |= {"fault": "the plugin broke", "earned": Fraction(0), "waits": Fraction(0), "text": "",
                     "alternatives": {}}  # fmt: skip
        parts[q["name"]] = part
    return {"refused": refused, "questions": parts}


def essay_in(sheet, question):
    """What somebody wrote is the same, whoever's variant it is read as; uploads are often alike."""
    text = ("Because.", "Never.", "A page.", "")[int(digest(sheet + question["name"])[:4], 16) % 4]
    return text if question["essay"] else ""


# The same as oslab's records
def course_of(situation) -> Course:
    late = situation["late"]
    return Course(
        Path("os101"), "os101-2026", "Operating Systems", ZURICH, "canvas", "",
        tuple(
            Assignment(
                a["name"], a["name"].upper(), a["due"].replace(tzinfo=ZURICH),
                tuple(QuestionSetting("x/y", q["points"]) for q in a["questions"]),
                counts=a["counts"], team=a["team"],
            )
            for a in situation["assignments"]
        ),
        LatePolicy(late["by"], late["per_day"], timedelta(minutes=late["slack"]), late["cutoff"], late["grace"]),
    )  # fmt: skip


def person_of(situation) -> Person:
    return Person(situation["student"], team="t1")


def handed_of(situation) -> dict[str, Handed]:
    return {
        a["name"]: Handed(
            Head(f"os101-2026/{a['name']}", "00", a["team"], tuple(map(handed_question, a["questions"]))),
            a["owner"],
            sorted(map(attempt_of, a["uploads"]), key=place),
            {key: result_of(key, marks, a["questions"]) for key, marks in a["marks"].items()},
        )
        for a in situation["assignments"]
        if a["handed_out"]
    }  # fmt: skip


def handed_question(q) -> HandedQuestion:
    answers = []
    if q["points"] != q["essay"]:
        answers.append({"name": "n", "points": str(q["points"] - q["essay"]), "rubric": []})
    if q["essay"]:
        lines = [{"text": "line", "points": str(points)} for points in q["rubric"]]
        answers.append({"name": "text", "points": str(q["essay"]), "rubric": lines})
    return HandedQuestion(q["name"], "x/y", "x.y", 1, q["points"], "oslab", {"answer": answers})


def attempt_of(upload) -> Attempt:
    time = upload["time"]
    zone = timezone(timedelta(minutes=(0, 60, -330)[upload["order"] % 3]))
    return Attempt(
        upload["by"], upload["sheet"], None if time is None else datetime.fromtimestamp(time, zone),
        upload["late"], upload["order"], "hw.toml",
    )  # fmt: skip


def place(attempt: Attempt) -> tuple:
    """The order in which `intake.attempts` keeps them."""
    return attempt.time.timestamp() if attempt.time else 0.0, attempt.order, attempt.sheet


def result_of(key, marks, questions) -> Result:
    owner, sheet = key
    parts = (
        [] if marks["refused"] else [part_of(q, marks["questions"][q["name"]]) for q in questions]
    )
    return Result(
        schema="oslab.result/1", owner=owner, digest=sheet, claims={}, refused=marks["refused"],
        reason=marks["refused"] and "it is what it is", notes=[], questions=parts,
    )  # fmt: skip


def part_of(q, part) -> MarkedPart:
    auto, answers = q["points"] - q["essay"], []
    if auto:
        outcome = "right" if part["earned"] == auto else "partial" if part["earned"] else "wrong"
        outcome = "unreadable" if part["unreadable"] else outcome
        answers.append(
            MarkedAnswer(name="n", outcome=outcome, earned=str(part["earned"]), points=str(auto))
        )
    if q["essay"]:
        answer = MarkedAnswer(name="text", outcome="waits" if part["waits"] else "blank", earned="0",
                              points=str(q["essay"]))  # fmt: skip
        answers.append(answer | ({"given": part["text"]} if part["waits"] else {}))
    return MarkedPart(
        name=q["name"], earned=str(part["earned"]), points=str(q["points"]), waits=str(part["waits"]),
        fault=part["fault"], unreadable=["n: 7x is no number"] if part["unreadable"] else [], mistakes=[],
        exact=False, answers=[] if part["fault"] else answers,
        alternatives={k: str(v) for k, v in part["alternatives"].items()},
    )  # fmt: skip


def decisions_of(situation) -> Decisions:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    return together(
        Decision(
            d["id"], (start + timedelta(seconds=d["at"])).isoformat().replace("+00:00", "Z"), d["by"], d["kind"],
            d["assignment"], d["student"] if d["kind"] not in ("amend", "apply") else "", d["question"], d["value"],
            d["attempt"], tuple(d["replaces"]),
        )
        for d in situation["decisions"]
    )  # fmt: skip
