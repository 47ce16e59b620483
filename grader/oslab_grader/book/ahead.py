"""Marking uploads while more of them are taken in, so that no core waits for the disk.

Results are kept as those of a run that was ended; the book takes up what holds, and marks the rest. So
nothing depends on how far this comes, or on whether it happens at all.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from types import TracebackType

from oslab.errors import InputError
from oslab_grader.book.decisions import read_decisions
from oslab_grader.book.grades import marked_as
from oslab_grader.book.marks import Keeping
from oslab_grader.book.tasks import Tasks, file_of
from oslab_grader.book.workplace import Workplace, workplace
from oslab_grader.course.model import Course
from oslab_grader.course.roster import Roster
from oslab_grader.handout.record import Record
from oslab_grader.intake.attempts import Attempt
from oslab_grader.marking.local import Crew
from oslab_grader.marking.result import Result


class Ahead:
    """Marks the new uploads of an assignment as they come; what is not begun when it ends is left."""

    def __init__(self, course: Course, roster: Roster, assignment: str, crew: Crew) -> None:
        self.course = course
        self.roster = roster
        self.name = assignment
        self.crew = crew
        self.record = Record(course.handout(assignment) / "record.jsonl")
        self.decisions = read_decisions(course.decisions)
        self.tasks = Tasks(course, assignment, self.record, self.decisions)
        self._place: Workplace | None = None
        self._keeping: Keeping | None = None
        self._off = False
        # Whose, which sheet, under which name; tasks are large, and made when their turn comes.
        self._later: deque[tuple[str, str, str]] = deque()
        self._begun: deque[tuple[str, Future[Result]]] = deque()

    def __enter__(self) -> Ahead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for what has begun and keep it, unless something went wrong."""
        try:
            if kind is None:
                with suppress(InputError):  # the book meets it again, and says so
                    while self._begun:
                        self._keep_first()
                    if self._keeping:
                        self._keeping.commit()
        finally:
            if self._place:
                self._place.results.close()

    def mark(self, attempt: Attempt) -> None:
        """Have an upload marked that was kept just now."""
        owner = self.roster[attempt.student].owner(self.record.head.team)
        key = marked_as(attempt, owner, self.name, self.decisions)
        if self._off or key[0] not in self.record:
            return
        if self._place is None:
            self._place = workplace(self.course.folder, anew=False, say=lambda text: None)
            if self._place.aside:  # its results would be gone before the book looks for them
                self._off = True
                return
            self._keeping = Keeping(self._place.results, self.name)
        self._later.append((*key, file_of(attempt)))
        try:
            self._turn()
        except InputError:
            self._off = True

    def _turn(self) -> None:
        """Keep what is done, and begin what there is room for."""
        while self._begun and self._begun[0][1].done():
            self._keep_first()
        while self._later and len(self._begun) < self.crew.window:
            owner, sheet, file = self._later.popleft()
            task = self.tasks.task(owner, sheet, file)
            self._begun.append((self.tasks.basis(owner, file), self.crew.mark(task)))

    def _keep_first(self) -> None:
        basis, future = self._begun.popleft()
        assert self._keeping
        self._keeping.keep(future.result(), basis)
