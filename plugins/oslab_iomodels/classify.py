"""Which I/O model a timed trace of calls shows.

A trace says when a thread's calls were made and returned, when the data were ready, from when to when they were
copied into the thread's buffer, and when, if ever, the thread was notified other than by a call's return. The
names of the calls decide nothing: io_submit on a socket is a blocking call, and so is read on a regular file,
O_NONBLOCK or not.

- **Blocking**: some call was made before the data were ready, and returned no sooner.
- **Synchronous**: the copying lies inside a call of the thread; else the kernel did it behind the
  thread's back.
- The thread is *blocked* in the part of its calls, before the data are ready, of a call that
  lasts until then, and in the part of the copying that lies in a call.

Source: Stevens, UNIX Network Programming 1, section 6.2; Linux io_submit(2), open(2) on O_NONBLOCK.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from oslab import Bool, Choice, InputError, Run, Step, Time
from oslab.quantities import format_time, parse_time, shown
from oslab_iomodels.phases import NAMES, Name

MOST_TRACES = 1000
MOST_CALLS = 1000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_()-]{0,39}")
_SPAN = re.compile(r"(.+?)\.\.(.+)")


@dataclass(frozen=True, slots=True)
class Call:
    """A call by its name, when it was made, and when it returned."""

    name: str
    called_ns: Fraction
    returned_ns: Fraction


@dataclass(frozen=True, slots=True)
class Trace:
    """One input operation.

    calls        of the thread, in order, one at a time
    ready_ns     when the data were ready
    copied_ns    when copying them into the thread's buffer began
    done_ns      when that was done
    notified_ns  when the thread was notified by a signal or a completion; None: it was not

    Raises InputError for a trace that cannot have happened, or that does not show a model.
    """

    calls: tuple[Call, ...]
    ready_ns: Fraction
    copied_ns: Fraction
    done_ns: Fraction
    notified_ns: Fraction | None

    def __post_init__(self) -> None:
        if not 1 <= len(self.calls) <= MOST_CALLS:
            raise InputError(f"1 to {MOST_CALLS} calls are expected in a trace")
        before = Fraction(0)
        for call in self.calls:
            if not _NAME.fullmatch(call.name):
                raise InputError(f"{shown(call.name)} is not the name of a call; recv would be")
            if not before <= call.called_ns <= call.returned_ns:
                raise InputError(
                    f"{call.name} {_span(call.called_ns, call.returned_ns)}: calls come one after the other, "
                    "and return no sooner than they are made"
                )
            before = call.returned_ns
        if not 0 <= self.ready_ns <= self.copied_ns <= self.done_ns:
            raise InputError(
                "data are copied when they are ready, not before: "
                f"ready {format_time(self.ready_ns)}, copied {_span(self.copied_ns, self.done_ns)}"
            )
        if self.notified_ns is not None and self.notified_ns < self.ready_ns:
            raise InputError("nobody can be notified of data before they are ready")
        if self.copied_by is None:
            straddling = [c for c in self.calls if self._overlap(c) > 0]
            if straddling:
                raise InputError(
                    "the copying lies partly in a call and partly outside; it is the thread's or the kernel's"
                )
            if self.notified_ns is None or self.notified_ns < self.done_ns:
                raise InputError(
                    "the data are copied outside all calls: say when the completion was notified, after that"
                )
        elif (
            not self.waiting
            and self.notified_ns is None
            and self.calls[0].called_ns >= self.ready_ns
        ):
            raise InputError(
                "the data were ready before any call: so the trace does not show what the thread would have done"
            )

    @property
    def copied_by(self) -> Call | None:
        """The call that copied; None: the kernel did, outside all calls."""
        for call in self.calls:
            if call.called_ns <= self.copied_ns and self.done_ns <= call.returned_ns:
                return call
        return None

    @property
    def waiting(self) -> tuple[Call, ...]:
        """The calls made before the data were ready that returned no sooner."""
        return tuple(c for c in self.calls if c.called_ns < self.ready_ns <= c.returned_ns)

    def _overlap(self, call: Call) -> Fraction:
        return min(call.returned_ns, self.done_ns) - max(call.called_ns, self.copied_ns)

    @property
    def wait_ns(self) -> Fraction:
        """How long the thread was blocked before the data were ready."""
        return sum((self.ready_ns - call.called_ns for call in self.waiting), Fraction(0))

    @property
    def held_ns(self) -> Fraction:
        """How long copying held the thread."""
        return self.done_ns - self.copied_ns if self.copied_by else Fraction(0)

    @property
    def name(self) -> Name:
        """The model."""
        if self.copied_by is None:
            return "asynchronous"
        if self.copied_by in self.waiting:
            return "blocking"
        if self.waiting:
            return "multiplexed"
        return "nonblocking" if self.notified_ns is None else "signal-driven"

    def __str__(self) -> str:
        parts = [f"{c.name} {_span(c.called_ns, c.returned_ns)}" for c in self.calls]
        parts.append(f"ready {_short(self.ready_ns)}")
        parts.append(f"copied {_span(self.copied_ns, self.done_ns)}")
        if self.notified_ns is not None:
            parts.append(f"notified {_short(self.notified_ns)}")
        return "; ".join(parts)


def parse_trace(text: str) -> Trace:
    """A trace: ``recv 0..1us; recv 30us..34us; ready 25us; copied 31us..34us``, in any order.

    ``notified 43us`` is a signal or a completion; anything else is a call. Raises InputError.
    """
    calls: list[Call] = []
    ready: Fraction | None = None
    notified: Fraction | None = None
    copied: tuple[Fraction, Fraction] | None = None
    for part in (p.strip() for p in re.split(r"[;；\n]", text)):
        if not part:
            continue
        head, _, times = part.partition(" ")
        span = _SPAN.fullmatch(times.strip())
        if head in ("ready", "notified"):
            if (ready if head == "ready" else notified) is not None:
                raise InputError(f"{head} is said twice")
            time = parse_time(times)
            ready, notified = (time, notified) if head == "ready" else (ready, time)
        elif span is None:
            raise InputError(f"{shown(part)} is not part of a trace; recv 0..34us would be")
        elif head == "copied":
            if copied is not None:
                raise InputError("copied is said twice")
            copied = parse_time(span[1]), parse_time(span[2])
        else:
            calls.append(Call(head, parse_time(span[1]), parse_time(span[2])))
    if ready is None or copied is None or not calls:
        raise InputError(
            f"{shown(text)}: calls, ready and copied are expected, as in "
            "'recv 0..43us; ready 40us; copied 40us..43us'"
        )
    return Trace(tuple(calls), ready, *copied, notified)


@dataclass(frozen=True, slots=True)
class ClassifyConfig:
    """Traces to classify. Raises InputError for none, or for more than 1000."""

    traces: tuple[Trace, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.traces) <= MOST_TRACES:
            raise InputError(f"1 to {MOST_TRACES} traces are expected, not {len(self.traces)}")


def run(config: ClassifyConfig) -> Run:
    """One step for each trace.

    trace   given n, calls, ready, copied, notified, waits (who, if a call waits); result
            blocking, synchronous, name, blocked_ns = wait_ns + held_ns
    """
    return Run(
        command="iomodels.classify",
        config=config,
        conventions={"trace_blocked": "phases", "trace_names": "ignored"},
        asks={
            "trace": {
                "blocking": Bool(),
                "synchronous": Bool(),
                "name": Choice(*NAMES),
                "blocked_ns": Time(unit="us"),
            }
        },
        steps=tuple(_step(n, trace) for n, trace in enumerate(config.traces, start=1)),
        metrics={
            "traces": tuple(
                {"n": n, "name": t.name, **figures_of(t)}
                for n, t in enumerate(config.traces, start=1)
            )
        },
    )


def figures_of(trace: Trace) -> dict[str, bool | Fraction]:
    """What a trace shows, beside the name of the model."""
    return {
        "blocking": bool(trace.waiting),
        "synchronous": trace.copied_by is not None,
        "blocked_ns": trace.wait_ns + trace.held_ns,
    }


def _step(n: int, trace: Trace) -> Step:
    waiting, copier = trace.waiting, trace.copied_by
    return Step(
        action="trace",
        given={
            "n": n,
            "calls": listed_calls(trace.calls),
            "ready": format_time(trace.ready_ns),
            "copied": _span(trace.copied_ns, trace.done_ns),
            "notified": None if trace.notified_ns is None else format_time(trace.notified_ns),
        },
        result={
            **figures_of(trace),
            "name": trace.name,
            "waits": waiting[0].name if waiting else None,
            "copier": copier.name if copier else None,
            "wait": format_time(trace.wait_ns),
            "held": format_time(trace.held_ns),
            "blocked": format_time(trace.wait_ns + trace.held_ns),
        },
        group=n,
    )


def listed_calls(calls: Sequence[Call]) -> str:
    """The calls as one reads them: each name once, with all the times it was called."""
    parts: list[str] = []
    last = ""
    for call in calls:
        span = _span(call.called_ns, call.returned_ns)
        parts.append(span if call.name == last else f"{call.name} {span}")
        last = call.name
    return ", ".join(parts)


def _short(ns: Fraction) -> str:
    return format_time(ns).replace(" ", "") if ns else "0"


def _span(start: Fraction, end: Fraction) -> str:
    return f"{_short(start)}..{_short(end)}"
