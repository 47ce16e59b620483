"""A course whose students have handed in hw1, and a command line that stands in its folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from oslab_grader.intake.attempts import Attempt, digest_of, keep


@pytest.fixture
def hand_in() -> Callable[..., str]:
    """`hand_in(room, student, text, time=None, late=None, order=0)`: an upload of hw1; returns its name."""

    def hand(
        room: Any,
        student: str,
        text: str | bytes,
        time: datetime | None = None,
        late: bool | None = None,
        order: int = 0,
    ) -> str:
        data = text.encode() if isinstance(text, str) else text
        sheet = digest_of(data)
        attempt = Attempt(student, sheet, time, late, order, f"{student}_hw1.toml")
        keep(room.course.attempts("hw1"), data, attempt)
        return sheet

    return hand


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch, oslab: Callable[..., Any]) -> Callable[..., Any]:
    """`grader(room, "show", "hw1", …, by="ana")`: `oslab gradebook` in the course's folder."""

    def run(room: Any, *arguments: str, by: str = "ana", code: int | None = 0) -> Any:
        monkeypatch.chdir(room.folder)
        monkeypatch.setenv("OSLAB_GRADER", by)
        result = oslab("gradebook", *arguments)
        assert code is None or result.code == code, result
        return result

    return run


@pytest.fixture
def handed_in(
    course: Callable[..., Any], answered: Callable[..., str], hand_in: Callable[..., str]
) -> Callable[..., Any]:
    """`handed_in(s1000="right", s1001={"how": "broken"}, …, settings…)`: a class with these uploads."""

    def make(uploads: dict[str, Any], **settings: Any) -> Any:
        room = course(**settings)
        for student, how in uploads.items():
            given = how if isinstance(how, dict) else {"how": how}
            hand_in(room, student, answered(room, student, **given))
        return room

    return make


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`stdin(text)`: what is piped in."""
    import io
    import sys

    def pipe(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return pipe
