"""Kinds of asynchronous I/O: who waits for the data, who copies them, and what the submit call itself does.

A program submits reads, all at once, and means to do other work until they complete. Whether it can
depends on the kind and on what is read:

    io_uring    Linux 5.1+. What is in the page cache is copied inside the submit call. Else: a socket or
                pipe is watched and read when data come; a buffered file read goes on when its pages are there
                (since 5.9 on ext4, xfs, btrfs; else an io-wq thread waits); the device writes straight
                into the buffer of a direct one. io_uring_enter(2), io_uring/rw.c, io_uring/poll.c
    iocp        Windows overlapped I/O: the same, but for one call a request. ReadFile with an OVERLAPPED
                structure; the Windows documentation on asynchronous disk I/O that appears as synchronous
    posix-aio   glibc: threads of the process do plain blocking reads, whatever is read. aio(7),
                sysdeps/pthread/aio_misc.c
    libaio      Linux io_submit(2): asynchronous for files opened with O_DIRECT; for all else it does
                the read in the submit call and waits there. fs/aio.c, aio_read

Time runs from the beginning of the first submit call. The caller is never preempted; devices, the
kernel's copying and threads go on beside it, without disturbing each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from heapq import heapify, heapreplace
from typing import Literal, TypeAlias, get_args

from oslab import Bool, Choice, InputError, Int, Lanes, Run, Step, Time, Value
from oslab.quantities import format_time

Kind: TypeAlias = Literal["io_uring", "iocp", "posix-aio", "libaio"]
Target: TypeAlias = Literal["socket", "pipe", "file-buffered", "file-direct"]
Way: TypeAlias = Literal["kernel", "in-call", "at-once", "thread"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TARGETS: tuple[Target, ...] = get_args(Target)
WAYS: tuple[Way, ...] = get_args(Way)
BATCH: tuple[Kind, ...] = ("io_uring", "libaio")
"""One call submits all requests; with the others each takes its own."""

MOST_CASES = 64
MOST_REQUESTS = 1000
MOST_DRAWN = 32


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of asynchronous I/O and what is read with it."""

    kind: Kind
    target: Target

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.target not in TARGETS:
            raise InputError(
                f"a kind is one of {', '.join(KINDS)}; what is read is one of {', '.join(TARGETS)}"
            )


@dataclass(frozen=True, slots=True)
class KindsConfig:
    """Cases, each on its own, with the same numbers and times.

    cases      what is compared
    requests   reads that are submitted, one right after the other, each on a descriptor of its own
    cached     whether the pages of buffered files are in the page cache
    call_ns    a system call, or a call of the AIO library, at its start
    submit_ns  handing over one request, inside the call
    device_ns  files: from when a read is issued to the device until its data are there, all at once if need
               be; sockets and pipes: when the data of all requests come, from the start
    copy_time_ns    copying the data of one request (not with O_DIRECT)
    wake_ns    posix-aio: until a thread begins with a request that it is given
    pool       posix-aio: threads there may be

    Raises InputError for anything else.
    """

    cases: tuple[Case, ...]
    requests: int
    cached: bool
    call_ns: Fraction
    submit_ns: Fraction
    device_ns: Fraction
    copy_time_ns: Fraction
    wake_ns: Fraction
    pool: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.cases) <= MOST_CASES:
            raise InputError(f"1 to {MOST_CASES} kinds are expected, not {len(self.cases)}")
        if not 1 <= self.requests <= MOST_REQUESTS:
            raise InputError(f"1 to {MOST_REQUESTS} requests are expected, not {self.requests}")
        if self.pool < 1:
            raise InputError("posix-aio needs at least one thread")
        for what, time in (
            ("a call", self.call_ns), ("handing over", self.submit_ns), ("a device", self.device_ns),
            ("copying", self.copy_time_ns), ("waking a thread", self.wake_ns),
        ):  # fmt: skip
            if time < 0:
                raise InputError(f"{what} takes no time below 0: {format_time(time)}")


def way_of(case: Case, cached: bool) -> Way:
    """How a request is carried out: behind the caller's back by the kernel, by waiting and copying in
    the submit call, by copying there at once, or by a thread."""
    if case.kind == "posix-aio":
        return "thread"
    if case.kind == "libaio":
        return "kernel" if case.target == "file-direct" else "in-call"
    return "at-once" if case.target == "file-buffered" and cached else "kernel"


@dataclass(frozen=True, slots=True)
class Request:
    """What becomes of one request: times from the start.

    begun_ns     when its handing over begins; its share of the submit call goes on until `back_ns`
    waited_ns    how long of that the caller waits for the data
    inside_ns    how long of that it copies them itself
    back_ns      when the call goes on with the next request, or returns
    ready_ns     when the data are there
    done_ns      when they are copied, and the completion can be had
    thread       which thread did it; -1: none
    """

    begun_ns: Fraction
    waited_ns: Fraction
    inside_ns: Fraction
    back_ns: Fraction
    ready_ns: Fraction
    done_ns: Fraction
    thread: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case comes to.

    submit_ns     inside the submit calls, all together
    blocked_ns    of that: waiting for data
    threads       that do the reads, beside the caller
    notified_ns   when the last completion can be had
    syscalls      one that waits for all completions, and those that submit (of posix-aio: the reads of its threads)
    asynchronous  whether nothing was waited for or copied in the submit calls
    """

    submit_ns: Fraction
    blocked_ns: Fraction
    threads: int
    notified_ns: Fraction
    syscalls: int
    asynchronous: bool


def requests(config: KindsConfig, case: Case) -> Iterator[Request]:
    """What becomes of each request of a case."""
    way, is_file = way_of(case, config.cached), case.target.startswith("file")
    copy = Fraction(0) if case.target == "file-direct" else config.copy_time_ns
    at_hand = config.cached and case.target == "file-buffered"
    batch = case.kind in BATCH
    threads = [(Fraction(0), n) for n in range(min(config.pool, config.requests))]
    heapify(threads)

    def ready_from(issued: Fraction) -> Fraction:
        """When data are there that are asked of a device, or awaited, from some time on."""
        if is_file:
            return issued if at_hand else issued + config.device_ns
        return max(issued, config.device_ns)

    now = Fraction(0)
    for n in range(config.requests):
        begun = now
        if n == 0 or not batch:
            now += config.call_ns
        now += config.submit_ns
        issued, waited, inside, thread = now, Fraction(0), Fraction(0), -1
        if way == "thread":
            free, thread = threads[0]
            # The thread reads by a system call of its own.
            issued = max(now + config.wake_ns, free) + config.call_ns
        ready = ready_from(issued)
        if way in ("in-call", "at-once"):
            waited, inside = ready - now, copy
            now = ready + copy
        done = ready + copy
        if way == "thread":
            heapreplace(threads, (done, thread))
        yield Request(begun, waited, inside, now, ready, done, thread)


def count(config: KindsConfig, case: Case) -> Outcome:
    """What a case comes to."""
    return outcome_of(case, list(requests(config, case)))


def outcome_of(case: Case, found: Sequence[Request]) -> Outcome:
    batch = case.kind in BATCH
    threads = len({r.thread for r in found} - {-1})
    blocked = sum((r.waited_ns for r in found), Fraction(0))
    copied = sum((r.inside_ns for r in found), Fraction(0))
    return Outcome(
        submit_ns=found[-1].back_ns,
        blocked_ns=blocked,
        threads=threads,
        notified_ns=max(r.done_ns for r in found),
        syscalls=(1 if batch else len(found)) + 1,
        asynchronous=not blocked and not copied,
    )


def run(config: KindsConfig) -> Run:
    """Each case, request by request.

    hand-over  given kind, target, n; result way, back_ns, waited, copied: what the caller does for it
    complete   given n; result done_ns, by whom; in order of time
    kind       given kind, target; result what `Outcome` says; state a time line
    """
    steps: list[Step] = []
    for group, case in enumerate(config.cases, start=1):
        found = list(requests(config, case))
        steps += (_submitted(config, case, n, r, group) for n, r in enumerate(found, start=1))
        order = sorted(range(len(found)), key=lambda n: (found[n].done_ns, n))
        steps += (_completed(config, case, n + 1, found[n], group) for n in order)
        steps.append(_summary(config, case, found, group))
    return Run(
        command="iomodels.async",
        config=config,
        conventions=conventions(config),
        asks={
            "hand-over": {"way": Choice(*WAYS), "back_ns": Time(unit="us")},
            "complete": {"done_ns": Time(unit="us")},
            "kind": {"submit_ns": Time(unit="us"), "threads": Int(), "asynchronous": Bool()},
        },
        steps=tuple(steps),
        metrics=metrics(config),
    )


def conventions(config: KindsConfig) -> dict[str, Value]:
    """The rules in force."""
    return {
        "kinds_ready": "device",
        "kinds_calls": "batches",
        "kinds_direct": "no-copy",
        "kinds_cached": "cached" if config.cached else "cold",
        "kinds_pool": config.pool,
        "kinds_linux": "5.9",
    }


def metrics(config: KindsConfig) -> dict[str, Value]:
    """The figures of the one case, or a table of those of all."""
    found = [asdict(count(config, case)) for case in config.cases]
    if len(found) == 1:
        return found[0]
    return {
        "kinds": tuple(
            {"kind": case.kind, "target": case.target, **figures}
            for case, figures in zip(config.cases, found, strict=True)
        )
    }


def _submitted(config: KindsConfig, case: Case, n: int, request: Request, group: int) -> Step:
    return Step(
        action="hand-over",
        actor="thread",
        given={
            "kind": case.kind,
            "target": case.target,
            "n": n,
            "begun": format_time(request.begun_ns),
        },
        result={
            "way": way_of(case, config.cached),
            "back_ns": request.back_ns,
            "back": format_time(request.back_ns),
            "waited": format_time(request.waited_ns),
            "copied": format_time(request.inside_ns),
        },
        start_ns=float(request.begun_ns),
        cost_ns=float(request.back_ns - request.begun_ns),
        group=group,
    )


def _completed(config: KindsConfig, case: Case, n: int, request: Request, group: int) -> Step:
    given: dict[str, Value] = {
        "kind": case.kind,
        "target": case.target,
        "n": n,
        "way": way_of(case, config.cached),
        "direct": case.target == "file-direct",
        "ready": format_time(request.ready_ns),
    }
    if request.thread >= 0:
        given["thread"] = f"T{request.thread + 1}"
    return Step(
        action="complete",
        actor="kernel",
        given=given,
        result={"done_ns": request.done_ns, "done": format_time(request.done_ns)},
        start_ns=float(request.ready_ns),
        cost_ns=float(request.done_ns - request.ready_ns),
        group=group,
    )


def _summary(config: KindsConfig, case: Case, found: list[Request], group: int) -> Step:
    outcome = outcome_of(case, found)
    return Step(
        action="kind",
        given={"kind": case.kind, "target": case.target, "requests": len(found)},
        result={
            **asdict(outcome),
            "submit": format_time(outcome.submit_ns),
            "blocked": format_time(outcome.blocked_ns),
            "notified": format_time(outcome.notified_ns),
        },
        state={"time": _lanes(found, outcome)} if len(found) <= MOST_DRAWN else {},
        group=group,
    )


def _lanes(found: list[Request], outcome: Outcome) -> Lanes:
    """The caller: s submits, w waits, c copies, o does other work; each request that is carried out
    elsewhere: w waits, c is copied."""
    caller: list[tuple[Fraction, Fraction, str]] = []
    lanes: dict[str, list[tuple[Fraction, Fraction, str]]] = {"caller": caller}
    for n, r in enumerate(found, start=1):
        handed = r.back_ns - r.waited_ns - r.inside_ns
        caller += [
            (r.begun_ns, handed, "s"),
            (handed, handed + r.waited_ns, "w"),
            (handed + r.waited_ns, r.back_ns, "c"),
        ]
        if r.done_ns > r.back_ns:
            lanes[f"read {n}"] = [(handed, r.ready_ns, "w"), (r.ready_ns, r.done_ns, "c")]
    caller.append((outcome.submit_ns, outcome.notified_ns, "o"))
    return Lanes(
        {
            lane: tuple((float(a), float(b), label) for a, b, label in bars if b > a)
            for lane, bars in lanes.items()
        }
    )
