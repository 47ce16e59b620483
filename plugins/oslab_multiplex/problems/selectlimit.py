"""multiplex.select-limit: which connection of a server is the first that fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from oslab import Answers, Choose, Figure, Generator, Int, OrNone, Problem, Run, mistake
from oslab_multiplex.limits import LimitsConfig, run

# What an exercise is about, or says itself.
ASKED = ("fd_setsize", "taken", "each")


@dataclass(frozen=True)
class SelectLimitSpace:
    """Descriptors taken before the first connection, and opened by each; RLIMIT_NOFILE, and by how much
    it is lowered when poll is called; registrations that the user may have, and has."""

    taken: Choose[int]
    each: Choose[int]
    rlimit: Choose[int]
    lowered_by: Choose[int]
    max_user_watches: Choose[int]
    watches: Choose[int]


class SelectLimit(Problem[LimitsConfig, SelectLimitSpace]):
    """The first connection that fails with each mechanism, and what select was told before."""

    version = 1
    params = LimitsConfig
    space = SelectLimitSpace
    required = ("count-not-number", "ulimit-raises")
    answers = {
        "select": Int(),
        "select_fd": OrNone(Int()),
        "nfds": Int(),
        "poll": Int(),
        "epoll": Int(),
    }

    def draw(self, rng: Generator, space: SelectLimitSpace) -> LimitsConfig:
        rlimit = space.rlimit.pick(rng)
        return LimitsConfig(
            fds=(),
            rlimit=rlimit,
            lowered=rlimit - space.lowered_by.pick(rng),
            entries=None,
            watches=space.watches.pick(rng),
            max_user_watches=space.max_user_watches.pick(rng),
            fd_setsize=1024,
            depth=None,
            size=None,
            taken=space.taken.pick(rng),
            each=space.each.pick(rng),
        )

    def good(self, p: LimitsConfig) -> bool:
        """The three fail at different connections."""
        found = self.solve(p, run(p))
        return len({found[m] for m in ("select", "poll", "epoll")}) == 3

    def present(self, p: LimitsConfig) -> Mapping[str, Figure]:
        taken = _taken(p)
        return {
            "taken": taken,
            "last_taken": taken - 1,
            "each": p.each,
            "rlimit": p.rlimit,
            "lowered": p.lowered,
            "max_user_watches": p.max_user_watches,
            "watches": p.watches,
        }

    def run(self, p: LimitsConfig) -> Run:
        """Without the rules that are what is asked."""
        whole = run(p)
        told = {k: v for k, v in whole.conventions.items() if k not in ASKED}
        return replace(whole, conventions=told)

    def solve(self, p: LimitsConfig, run: Run) -> Answers:
        by_name: dict[str, Mapping[str, Any]] = {
            step.given["mechanism"]: step.result for step in run.steps
        }
        return {
            **{m: by_name[m]["connection"] for m in ("select", "poll", "epoll")},
            "select_fd": by_name["select"]["fd"],
            "nfds": by_name["select"]["nfds"],
        }

    def _if(self, p: LimitsConfig, *names: str) -> Answers:
        answers = self.solve(p, run(p))
        return {name: answers[name] for name in names}

    @mistake("count-not-number")
    def count_not_number(self, p: LimitsConfig) -> Answers | None:
        """select is thought to take 1024 connections, whatever their numbers are."""
        roomy = replace(p, fd_setsize=_taken(p) + p.fd_setsize * p.each)
        return self._if(roomy, "select", "select_fd", "nfds")

    @mistake("nfds-no-plus-1")
    def nfds_no_plus_1(self, p: LimitsConfig) -> Answers | None:
        """select is told the highest descriptor, not one more; the rest is right."""
        answers = self._if(p, "select", "select_fd", "nfds")
        return {**answers, "nfds": answers["nfds"] - 1}

    @mistake("ulimit-raises")
    def ulimit_raises(self, p: LimitsConfig) -> Answers | None:
        """select's limit is thought to be that of ulimit -n."""
        raised = replace(p, fd_setsize=p.rlimit)
        return self._if(raised, "select", "select_fd", "nfds")

    @mistake("none-taken")
    def none_taken(self, p: LimitsConfig) -> Answers | None:
        """The connections are thought to be numbered from 0."""
        numbered = replace(p, taken=1)
        answers = self._if(replace(numbered, fd_setsize=p.fd_setsize + 1), "select", "select_fd")
        fd = answers["select_fd"]
        return {**answers, "select_fd": None if fd is None else fd - 1}

    @mistake("epoll-takes-none")
    def epoll_takes_none(self, p: LimitsConfig) -> Answers | None:
        """The descriptor of the epoll instance, and the listening socket in its set, are forgotten."""
        fewer = replace(p, taken=_taken(p) - 1, max_user_watches=p.max_user_watches + 1)
        return {**self._if(p, "select", "poll"), **self._if(fewer, "epoll")}

    @mistake("listener-not-counted")
    def listener_not_counted(self, p: LimitsConfig) -> Answers | None:
        """The listening socket is thought to need no entry of poll and no registration."""
        more = replace(p, lowered=p.lowered + 1, max_user_watches=p.max_user_watches + 1)
        return {**self._if(p, "select"), **self._if(more, "poll", "epoll")}


def _taken(p: LimitsConfig) -> int:
    assert p.taken is not None
    return p.taken
