"""Grades: which upload counts, what decisions do to it, totals as a plain model says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oslab_grader.book.decisions import Decision, Decisions
from oslab_grader.book.grades import (
    Grade,
    Handed,
    alternatives,
    grades_of,
    marked_as,
    rounded_total,
)
from oslab_grader.course.model import Assignment, Course, LatePolicy, QuestionSetting
from oslab_grader.course.roster import Person
from oslab_grader.handout.record import HandedQuestion, Head
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.result import MarkedPart, Result

ZURICH = ZoneInfo("Europe/Zurich")
DUE = datetime(2026, 3, 2, 23, 59, tzinfo=ZURICH)
EVE = Person("s1")
POLICY = LatePolicy("oslab", Fraction(1, 10), timedelta(minutes=10), 5, 3)
RUBRIC = {"answer": [{"rubric": [{"points": 1}, {"points": "1/2"}, {"points": "5/2"}]}]}


def course(
    counts: str = "best", late: LatePolicy | None = None, names: Sequence[str] = ("hw1",)
) -> Course:
    assignments = tuple(
        Assignment(
            name, name, DUE + timedelta(days=7 * i), (QuestionSetting("a/b"),), counts=counts
        )  # type: ignore[arg-type]
        for i, name in enumerate(names)
    )
    return Course(Path("."), "os-1", "", ZURICH, "none", "s[0-9]", assignments, late or LatePolicy())  # fmt: skip


def head(name: str = "hw1", team: bool = False) -> Head:
    def question(i: int, points: int) -> HandedQuestion:
        return HandedQuestion(f"q{i}", "a/b", "a.b", 1, Fraction(points), "a 1", RUBRIC)

    return Head(f"os-1/{name}", "00", team, (question(1, 8), question(2, 4)))


def part(name: str, earned: str, waits: str = "0", **more: Any) -> MarkedPart:
    answer = {"name": "text", "outcome": "waits" if waits != "0" else "partial", "earned": earned,
              "points": "4", "given": more.pop("given", "x")}  # fmt: skip
    made = {"name": name, "earned": earned, "points": "8", "waits": waits, "fault": "",
            "unreadable": [], "mistakes": [], "exact": False, "answers": [answer],
            "alternatives": {}}  # fmt: skip
    return {**made, **more}  # type: ignore[return-value]


def result(sheet: str, q1: MarkedPart, q2: MarkedPart, owner: str = "s1", **more: Any) -> Result:
    made = {"schema": "", "owner": owner, "digest": sheet, "claims": {}, "refused": "",
            "reason": "", "notes": [], "questions": [q1, q2]}  # fmt: skip
    return {**made, **more}  # type: ignore[return-value]


def refused(sheet: str, how: str = "unreadable") -> Result:
    none = part("q1", "0")
    return result(sheet, none, none, refused=how, reason="no closing '''", questions=[])


@dataclass
class Up:
    """An upload: hours after the due date, and its marks."""

    sheet: str
    hours: float | None
    result: Result
    late: bool | None = None
    order: int = 0
    student: str = "s1"


def up(sheet: str, hours: float | None, q1: str = "0", q2: str = "0", **more: Any) -> Up:
    return Up(sheet, hours, result(sheet, part("q1", q1), part("q2", q2)), **more)


def handed(*uploads: Up, name: str = "hw1", team: bool = False, owner: str = "s1") -> Handed:
    attempts = [
        Attempt(u.student, u.sheet, DUE.astimezone(UTC) + timedelta(hours=u.hours) if u.hours is not None else None,
                u.late, u.order, "f.toml")
        for u in uploads
    ]  # fmt: skip
    results = {(u.result["owner"], u.sheet): u.result for u in uploads}
    return Handed(head(name, team), owner, attempts, results)


def decided(*made: Mapping[str, str], blind: bool = False) -> Decisions:
    """Decisions, each replacing those of its subject that came before; `blind`: none does."""
    found: list[Decision] = []
    for i, cells in enumerate(made):
        given: dict[str, Any] = {"by": "ana", "assignment": "hw1", **cells}
        new = Decision(f"d{i}", f"2026-03-05T00:00:{i:02}Z", **given)
        heads = () if blind else Decisions(tuple(found)).heads(new.subject)
        found.append(replace(new, replaces=tuple(d.id for d in heads)))
    return Decisions(tuple(found))


def points(question: str, value: str, by: str = "ana", student: str = "s1") -> dict[str, str]:
    return {"kind": "points", "student": student, "question": question, "value": value, "by": by}


def essay(sheet: str, value: str, by: str = "ana", student: str = "s1") -> dict[str, str]:
    return {"kind": "essay", "student": student, "question": "q2", "value": value, "attempt": sheet,
            "by": by}  # fmt: skip


def graded(
    *uploads: Up, by: Decisions | None = None, counts: str = "best", late: LatePolicy | None = None
) -> Grade:
    given = handed(*uploads)
    return grades_of(course(counts, late), EVE, {"hw1": given}, by or Decisions(()))["hw1"]


def test_a_total_is_rounded_half_up_once() -> None:
    assert graded(up("a", -1, "1/3", "1/3")).total == Fraction(67, 100)
    assert rounded_total(Fraction(5, 1000)) == Fraction(1, 100)
    assert rounded_total(Fraction(4999, 1_000_000)) == 0
    assert rounded_total(Fraction(2675, 1000)) == Fraction(268, 100)


def test_the_best_upload_after_lateness_counts_and_of_equal_ones_the_earliest() -> None:
    assert (
        graded(up("a", -2, "7"), up("b", 25, "8"), late=replace(POLICY, grace_days=0)).sheet == "a"
    )
    assert (
        graded(up("a", -2, "6"), up("b", 25, "8"), late=replace(POLICY, grace_days=0)).sheet == "b"
    )
    assert graded(up("a", -2, "7"), up("b", -1, "7")).sheet == "a"


def test_the_last_upload_counts_where_that_is_known() -> None:
    assert graded(up("a", -2, "7"), up("b", -1, "3"), counts="last").total == 3
    in_order = up("a", None, "7", order=2), up("b", None, "3", order=9)
    assert graded(*in_order, counts="last").total == 3
    unknown = graded(up("a", None, "7"), up("b", None, "3"), counts="last")
    assert (unknown.status, unknown.total) == ("withheld", None)
    assert "it is not known which came last: give --times" in unknown.troubles[0].text


def test_what_cannot_be_read_is_no_grade_and_never_0() -> None:
    bad = Up("a", -2, result("a", part("q1", "3", unreadable=["row 4"]), part("q2", "4")))
    grade = graded(bad)
    assert (grade.status, grade.total) == ("withheld", None)
    assert grade.troubles[0].command == "oslab gradebook repair hw1 s1"
    assert [q.outcome for q in grade.questions] == ["unreadable", "right"]


def test_best_passes_over_what_cannot_be_read_and_says_so() -> None:
    grade = graded(up("a", -2, "5"), Up("b", -1, refused("b")))
    assert (grade.status, grade.total, grade.sheet) == ("final", 5, "a")
    assert [t.kind for t in grade.troubles] == ["unreadable"]
    last = graded(up("a", -2, "5"), Up("b", -1, refused("b")), counts="last")
    assert last.status == "withheld"


def test_settled_counts_what_can_be_read() -> None:
    settle = {"kind": "settle", "student": "s1", "attempt": "a", "value": "yes"}
    bad = Up("a", -2, result("a", part("q1", "3", unreadable=["row 4"]), part("q2", "4")))
    assert graded(bad, by=decided(settle)).total == 7
    assert graded(Up("a", -2, refused("a", "not a sheet")), by=decided(settle)).total == 0
    # A checker that was stopped says nothing of the sheet: it may well be right.
    stopped = graded(Up("a", -2, refused("a", "stopped")), by=decided(settle))
    assert (stopped.status, stopped.total) == ("withheld", None)


def test_a_repaired_upload_is_read_as_its_repair() -> None:
    repair = {"kind": "repair", "student": "s1", "attempt": "a", "value": "b"}
    good = up("b", -2, "6")
    there = handed(Up("a", -2, refused("a")))
    there = replace(there, results={**there.results, ("s1", "b"): good.result})
    grade = grades_of(course(), EVE, {"hw1": there}, decided(repair))["hw1"]
    assert (grade.total, grade.sheet, grade.read_as) == (6, "a", "b")
    assert marked_as(there.attempts[0], "s1", "hw1", decided(repair)) == ("s1", "b")


def test_a_sheet_of_another_is_graded_as_that_variant_and_no_longer_a_problem() -> None:
    own = result("a", part("q1", "0"), part("q2", "0"), claims={"student": "s2"})
    other = result("a", part("q1", "8"), part("q2", "4"), owner="s2", claims={"student": "s2"})
    there = replace(handed(Up("a", -1, own)), results={("s1", "a"): own, ("s2", "a"): other})
    before = grades_of(course(), EVE, {"hw1": there}, Decisions(()))["hw1"]
    assert (before.total, before.troubles[0].command) == (0, "oslab gradebook sheet hw1 s1 --of s2")
    moved = decided({"kind": "sheet", "student": "s1", "value": "s2"})
    after = grades_of(course(), EVE, {"hw1": there}, moved)["hw1"]
    assert (after.total, after.owner, after.troubles) == (12, "s2", ())


def test_points_by_hand_win_over_everything_automatic() -> None:
    bad = Up("a", -2, result("a", part("q1", "3", unreadable=["row 4"]), part("q2", "0", "4")))
    grade = graded(bad, by=decided(points("q1", "7"), points("q2", "2")))
    assert (grade.status, grade.total) == ("final", 9)
    assert grade.questions[0].automatic is None
    assert graded(up("a", -1, "8"), by=decided(points("q1", "2"), points("q1", ""))).total == 8


def test_points_by_hand_without_an_upload_are_the_grade() -> None:
    assert graded().status == "missing"
    assert graded(by=decided(points("q1", "7"))).total == 7


def test_two_blind_decisions_that_differ_withhold_the_grade() -> None:
    blind = decided(points("q1", "3"), points("q1", "4", "ben"), blind=True)
    grade = graded(up("a", -1, "8"), by=blind)
    assert grade.status == "withheld"
    assert grade.troubles[0].text == "hw1 q1: ana 3, ben 4; no grade until one of you decides again"
    agreed = decided(points("q1", "3"), points("q1", "3", "ben"), blind=True)
    assert graded(up("a", -1, "8"), by=agreed).total == 3


def test_essays_wait_and_are_read_by_letters_or_points() -> None:
    waits = Up("a", -1, result("a", part("q1", "8"), part("q2", "0", "4")))
    assert (graded(waits).status, graded(waits).so_far, graded(waits).total) == ("waits", 8, None)
    assert graded(waits, by=decided(essay("a", "ab"))).total == Fraction(19, 2)
    assert graded(waits, by=decided(essay("a", "3"))).total == 11
    assert graded(waits, by=decided(essay("a", "-"))).total == 8
    assert graded(waits, by=decided(essay("a", "3"), essay("a", ""))).status == "waits"


def test_readers_who_differ_are_a_conflict_that_points_by_hand_settle() -> None:
    waits = Up("a", -1, result("a", part("q1", "8"), part("q2", "0", "4")))
    both = [essay("a", "ab"), essay("a", "3", "ben")]
    grade = graded(waits, by=decided(*both, blind=True))
    assert (grade.status, grade.troubles[0].kind) == ("withheld", "conflict")
    same = [essay("a", "ab"), essay("a", "1.5", "ben")]
    assert graded(waits, by=decided(*same, blind=True)).total == Fraction(19, 2)
    assert graded(waits, by=decided(*both, points("q2", "2"), blind=True)).total == 10


def test_an_essay_that_was_read_is_not_read_again_in_another_upload() -> None:
    def upload(sheet: str, q1: str, text: str) -> Up:
        return Up(sheet, -1, result(sheet, part("q1", q1), part("q2", "0", "4", given=text)))

    read = decided(essay("a", "3"))
    assert graded(upload("a", "1", "same"), upload("b", "8", "same"), by=read).total == 11
    other = graded(upload("a", "1", "old"), upload("b", "8", "new"), by=read)
    assert (other.status, other.sheet) == ("waits", "b")
    # The first cannot reach the second any more, whatever its essay earns: it is not to be read.
    settled = graded(upload("a", "1", "old"), upload("b", "8", "new"), by=decided(essay("b", "1")))
    assert (settled.status, settled.total) == ("final", 9)


def test_an_excused_student_has_no_grade() -> None:
    excuse = {"kind": "excuse", "student": "s1", "value": "yes"}
    assert graded(up("a", -1, "8"), by=decided(excuse)).status == "excused"
    back = decided(excuse, {**excuse, "value": ""})
    assert graded(up("a", -1, "8"), by=back).total == 8
    # Nothing hangs on what two say about points that do not count.
    differ = decided(points("q1", "3"), points("q1", "4", "ben"), excuse, blind=True)
    assert (graded(by=differ).status, graded(by=differ).troubles) == ("excused", ())


def test_an_unknown_time_withholds_only_what_it_decides() -> None:
    unknown = graded(up("a", None, "8", late=True), late=POLICY)
    assert (unknown.status, unknown.total) == ("withheld", None)
    assert unknown.troubles[0].text == "hw1 late by an unknown time: give --times. Grade withheld."
    # In time there is as much already: the unknown time decides nothing.
    both = graded(
        up("a", None, "8", late=False), up("b", None, "8", late=True, order=2), late=POLICY
    )
    assert (both.status, both.total, both.sheet) == ("final", 8, "a")
    assert graded(up("a", None, "8", late=True)).total == 8


def test_what_comes_to_nothing_either_way_holds_up_no_grade() -> None:
    # 0 in time is as much as 0 at an unknown time.
    time = graded(up("a", None, "0", late=True), up("b", -1, "0"), late=POLICY)
    assert (time.status, time.total, time.sheet) == ("final", 0, "b")
    # Both came too late: the essay decides nothing.
    essay = Up("a", 200, result("a", part("q1", "8"), part("q2", "0", "4")))
    late = graded(essay, up("b", 201, "1"), late=POLICY)
    assert (late.status, late.total, late.sheet) == ("final", 0, "b")
    assert graded(essay, late=POLICY).status == "waits"  # an extension may still come


def test_grace_days_are_spent_in_order_of_due_date_by_the_upload_that_counts() -> None:
    term = course(late=POLICY, names=("hw1", "hw2"))
    week = 7 * 24
    given = {
        "hw2": handed(up("c", week + 47, "8"), name="hw2"),
        "hw1": handed(up("a", 47, "8"), up("b", 119, "1")),
    }
    grades = grades_of(term, EVE, given, Decisions(()))
    assert list(grades) == ["hw1", "hw2"]
    assert [(g.late.days, g.late.grace) for g in grades.values()] == [(2, 2), (2, 1)]
    assert [g.total for g in grades.values()] == [8, Fraction(72, 10)]


def test_the_worked_table_of_the_guide() -> None:
    names = [f"hw{i}" for i in range(1, 5)]
    # Minutes after Monday 23:59: Tuesday 00:08, Wednesday 00:10, Thursday 23:00, Sunday 12:00.
    minutes = (9, 24 * 60 + 11, 3 * 24 * 60 - 59, 5 * 24 * 60 + 12 * 60 + 1)
    given = {
        name: handed(up(name, 7 * 24 * i + after / 60, "8"), name=name)
        for i, (name, after) in enumerate(zip(names, minutes, strict=True))
    }
    grades = grades_of(course(late=POLICY, names=names), EVE, given, Decisions(())).values()
    assert [(g.late.days, g.late.grace) for g in grades] == [(0, 0), (2, 2), (3, 1), (6, 0)]
    assert [g.total for g in grades] == [8, 8, Fraction(64, 10), 0]
    assert [g.late.too_late for g in grades] == [False, False, False, True]


def amendment(value: str, question: str = "q1") -> dict[str, str]:
    return {"kind": "amend", "question": question, "value": value}


def test_amendments_are_pending_until_they_are_applied() -> None:
    upload = Up(
        "a", -1, result("a", part("q1", "3", alternatives={"accept:x": "5"}), part("q2", "1"))
    )
    pending = decided(amendment("accept:x"))
    assert graded(upload, by=pending).total == 4
    assert alternatives("hw1", pending) == {"q1": ("accept:x",)}
    applied = decided(amendment("accept:x"), {"kind": "apply", "value": "replace", "attempt": "d0"})
    assert graded(upload, by=applied).total == 6


@pytest.mark.parametrize(
    ("value", "mode", "earned"),
    [
        ("accept:x", "keep-higher", 3),
        ("accept:x", "replace", 3),
        ("key:1234567812345678", "keep-higher", 3),
        ("key:1234567812345678", "replace", 2),
        ("full", "keep-higher", 8),
        ("full", "replace", 8),
    ],
)
def test_only_a_new_key_can_take_points_and_only_when_it_replaces(
    value: str, mode: str, earned: int
) -> None:
    upload = Up("a", -1, result("a", part("q1", "3", alternatives={value: "2"}), part("q2", "1")))
    applied = decided(amendment(value), {"kind": "apply", "value": mode, "attempt": "d0"})
    assert graded(upload, by=applied).questions[0].earned == earned


def test_a_void_question_is_out_of_the_total_for_all_even_by_hand() -> None:
    apply = {"kind": "apply", "value": "keep-higher", "attempt": "d0"}
    void = decided(amendment("void"), apply, points("q1", "7"))
    grade = graded(up("a", -1, "8", "3"), by=void)
    assert (grade.points, grade.total, grade.questions[0].outcome) == (4, 3, "void")
    assert graded(by=decided(amendment("void"), apply)).points == 4


def test_full_points_need_no_reading_and_go_to_those_who_handed_in() -> None:
    apply = {"kind": "apply", "value": "keep-higher", "attempt": "d0"}
    bad = Up("a", -2, result("a", part("q1", "0", unreadable=["row 4"]), part("q2", "1")))
    assert graded(bad, by=decided(amendment("full"), apply)).total == 9
    assert graded(by=decided(amendment("full"), apply)).status == "missing"


def test_an_amendment_taken_back_changes_nothing_any_more() -> None:
    apply = {"kind": "apply", "value": "keep-higher", "attempt": "d0"}
    found = decided(amendment("void"), apply, amendment("")).all
    back = Decisions((*found[:2], replace(found[2], replaces=("d0",))))
    assert graded(up("a", -1, "8", "3"), by=back).total == 11


def test_in_a_team_uploads_are_everybodys_and_points_by_hand_are_not() -> None:
    ben = Person("s2", team="t1")
    ana = Person("s1", team="t1")
    essay_part = part("q2", "0", "4")
    mine = Up("a", -1, result("a", part("q1", "6"), essay_part, owner="t1"), student="s1")
    there = {"hw1": handed(mine, team=True, owner="t1")}
    by = decided(essay("a", "3"), points("q1", "8", student="s2"))
    team = course()
    assert grades_of(team, ana, there, by)["hw1"].total == 9
    assert grades_of(team, ben, there, by)["hw1"].total == 11


def test_comments_are_collected() -> None:
    said = [{"kind": "comment", "student": "s1", "question": q, "value": v, "by": by}
            for q, v, by in (("q1", "one", "ana"), ("q1", "two", "ben"), ("", "all", "ana"))]  # fmt: skip
    grade = graded(up("a", -1, "8"), by=decided(*said, blind=True))
    assert grade.questions[0].comments == ("one", "two")
    assert grade.comments == ("all",)


# The laws, and the whole against a model that is nothing but the sentences of docs/gradebook.md.

marks = st.tuples(st.fractions(0, 8, max_denominator=12), st.fractions(0, 4, max_denominator=12))
hours = st.integers(-100, 200)
uploads = st.lists(st.tuples(hours, marks), min_size=1, max_size=4, unique_by=lambda u: u[0])
terms = st.lists(uploads, min_size=1, max_size=3)
policies = st.builds(
    LatePolicy,
    st.just("oslab"),
    st.fractions(0, 1, max_denominator=10),
    st.timedeltas(timedelta(0), timedelta(hours=2)),
    st.none() | st.integers(0, 6),
    st.integers(0, 4),
)
Term = list[list[tuple[int, tuple[Fraction, Fraction]]]]


def of_term(term: Term, counts: str, policy: LatePolicy, by: Decisions) -> Sequence[Grade]:
    names = [f"hw{i + 1}" for i in range(len(term))]
    given = {}
    for i, (name, theirs) in enumerate(zip(names, term, strict=True)):
        made = [
            up(f"{name}-{j}", 24 * 7 * i + h, str(a), str(b))
            for j, (h, (a, b)) in enumerate(sorted(theirs))
        ]
        given[name] = handed(*made, name=name)
    return list(grades_of(course(counts, policy, names), EVE, given, by).values())


def model(term: Term, counts: str, policy: LatePolicy) -> list[Fraction]:
    """Totals of a term, by plain arithmetic in minutes."""
    left, totals = policy.grace_days, []
    for theirs in term:
        tried = []
        for after, (a, b) in sorted(theirs):
            over = Fraction(after * 60) - Fraction(policy.slack / timedelta(minutes=1))
            days = max(0, math.ceil(over / (24 * 60)))
            dead = policy.cutoff_days is not None and days > policy.cutoff_days
            free = 0 if dead or policy.per_day == 0 else min(days, left)
            share = Fraction(0) if dead else max(Fraction(0), 1 - policy.per_day * (days - free))
            tried.append(((a + b) * share, free))
        if counts == "last":
            total, spent = tried[-1]
        else:
            total = max(points for points, _ in tried)
            spent = next(free for points, free in tried if points == total)
        left -= spent
        totals.append(Fraction(math.floor(total * 100 + Fraction(1, 2)), 100))
    return totals


@settings(max_examples=40)
@given(terms, st.sampled_from(("best", "last")), policies)
def test_totals_are_those_of_the_model(term: Term, counts: str, policy: LatePolicy) -> None:
    # All due dates and uploads are in winter: an hour is an hour.
    assert [g.total for g in of_term(term, counts, policy, Decisions(()))] == model(term, counts, policy)  # fmt: skip


@given(marks, hours, st.integers(0, 100), policies)
def test_later_never_earns_more(
    earned: tuple[Fraction, Fraction], after: int, more: int, policy: LatePolicy
) -> None:
    first, second = ([[(after + wait, earned)]] for wait in (0, more))
    (early,), (late,) = (of_term(term, "best", policy, Decisions(())) for term in (first, second))
    assert early.total is not None
    assert late.total is not None
    assert late.total <= early.total


@settings(max_examples=40)
@given(uploads, st.integers(0, 300), policies)
def test_an_extension_never_lowers(theirs: Any, more: int, policy: LatePolicy) -> None:
    extended = decided({"kind": "extend", "student": "s1", "value": f"+{more}h"})
    (without,) = of_term([theirs], "best", policy, Decisions(()))
    (with_it,) = of_term([theirs], "best", policy, extended)
    assert without.total is not None
    assert with_it.total is not None
    assert with_it.total >= without.total


@settings(max_examples=40)
@given(uploads, st.sampled_from(("accept:x", "full", "void", "key:1234567812345678")), marks)
def test_keeping_the_higher_never_takes_points_of_what_stays_in_the_total(
    theirs: Any, value: str, other: tuple[Fraction, Fraction]
) -> None:
    made = [Up(f"a{j}", h, result(f"a{j}", part("q1", str(a), alternatives={value: str(other[0])}), part("q2", str(b))))
            for j, (h, (a, b)) in enumerate(sorted(theirs))]  # fmt: skip
    apply = {"kind": "apply", "value": "keep-higher", "attempt": "d0"}
    before, after = (
        graded(*made, by=by) for by in (Decisions(()), decided(amendment(value), apply))
    )
    if value == "void":
        assert after.points == 4
    else:
        assert before.total is not None
        assert after.total is not None
        assert after.total >= before.total


@settings(max_examples=40)
@given(terms, policies, st.randoms())
def test_the_same_decisions_in_any_order_give_the_same_grades(
    term: Term, policy: LatePolicy, random: Any
) -> None:
    made = decided(
        points("q1", "3"), points("q1", "4", "ben"), amendment("full", "q2"),
        {"kind": "apply", "value": "replace", "attempt": "d2"},
        {"kind": "extend", "student": "s1", "value": "+2d"},
    )  # fmt: skip
    from oslab_grader.book.decisions import together

    shuffled = list(made.all)
    random.shuffle(shuffled)
    assert of_term(term, "best", policy, made) == of_term(term, "best", policy, together(shuffled))
