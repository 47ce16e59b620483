"""A child process that marks, with limits of time and memory: what a sheet or a plugin does in it costs
one submission.

Requests go in and answers come out as lines of JSON. This module is also the child's program,
``python -m oslab_grader.marking.child``. A plain process and pipes, for it must work on Windows too, and
inside the processes of a Dask cluster, which may have no children of `multiprocessing`.
"""

from __future__ import annotations

import gc
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from oslab.errors import InputError
from oslab_grader.marking.result import Result, Task

SECONDS = 20.0
MEGABYTES = 1024
# Libraries that would start a thread for each core, each with memory of its own, run in one.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_READY = b"ready\n"


class Child:
    """One child process, started when it is needed and again after it has ended.

    seconds    how long one task may take
    megabytes  how much memory the process may have, where the system can limit that
    """

    def __init__(self, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        self.seconds = seconds
        self.megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False
        # When the task under way must be done; the watch, one thread for all of them, looks now and then:
        # a timer for each would cost more than many a task.
        self._until = math.inf
        self._late = False
        self._watch: threading.Thread | None = None

    def mark(self, task: Task) -> Result:
        """The result of a task; perhaps that it was stopped, and why."""
        from oslab_grader.marking.mark import stopped

        answer = self.ask({"mark": task})
        if isinstance(answer, str):
            return stopped(task, answer)
        result: Result = answer["mark"]
        return result

    def ask(self, request: Mapping[str, Any]) -> Any:
        """What the child answers, or a text that says why it was stopped.

        Raises InputError when no child can be started.
        """
        process = self._running()
        assert process.stdin
        assert process.stdout
        with self._lock:
            self._late, self._until = False, time.monotonic() + self.seconds
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:  # it ended before it had read all
            line = b""
        with self._lock:
            late, self._until = self._late, math.inf
        answer = json.loads(line) if line.endswith(b"\n") else {"stopped": None}
        if "stopped" not in answer:
            if late:  # it answered at the last moment, and was ended all the same
                self._end()
            return answer
        code = self._end()
        if answer["stopped"] is not None:
            return answer["stopped"] or f"needed more than {_size(self.megabytes)}"
        if late:
            return f"did not finish within {self.seconds:g} s"
        return f"ended with signal {-code}" if code < 0 else f"ended with exit code {code}"

    def close(self) -> None:
        """End the process for good, whatever it is doing; it holds nothing that would be lost. May be
        called from any thread."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()
        self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise InputError("marking was stopped")
            if not self._process:
                self._process = self._start()
            if not self._watch:
                self._watch = threading.Thread(target=self._look, daemon=True)
                self._watch.start()
            return self._process

    def _look(self) -> None:
        while not self._closed:
            time.sleep(min(0.2, self.seconds / 10))
            with self._lock:
                if self._process and not self._late and time.monotonic() > self._until:
                    self._late = True
                    self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        # -P: a json.py in the folder where somebody grades is not Python's. What this process can import,
        # the child can.
        command = [
            sys.executable,
            "-P",
            "-m",
            __spec__.name,
            str(self.seconds),
            str(self.megabytes),
        ]
        path = os.pathsep.join(folder for folder in sys.path if folder)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**_ONE_THREAD, **os.environ, "PYTHONPATH": path},
                # Ctrl-C at the terminal is for the parent, also while this one still imports.
                process_group=0 if os.name == "posix" else None,
            )
        except OSError as error:
            raise InputError(f"no process for marking can be started: {error.strerror}") from None
        assert process.stdout
        if process.stdout.readline() != _READY:
            process.kill()
            code = _waited(process)
            raise InputError(f"the process for marking ended at its start, with exit code {code}")
        return process

    def _end(self) -> int:
        """Let go of the process, and tell how it ended."""
        with self._lock:
            process, self._process = self._process, None
        return _waited(process) if process else 0


def _waited(process: subprocess.Popen[bytes]) -> int:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            assert pipe
            pipe.close()
    try:
        # Without a pipe it ends of itself, if it has not.
        return process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _size(megabytes: int) -> str:
    return f"{megabytes // 1024} GiB" if megabytes % 1024 == 0 else f"{megabytes} MiB"


def main(seconds: float, megabytes: int) -> None:
    """Answer requests until there are no more."""
    # Ctrl-C is for the parent, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from oslab_grader.marking.mark import feedback_of, mark_task

    requests, answers = _pipes()
    _limit(megabytes)
    # What is imported stays, and marking makes hardly any cycles: to look for them takes a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    answers.write(_READY)
    answers.flush()
    for line in requests:
        alarm(2 * seconds + 5)
        request = json.loads(line)
        try:
            if "mark" in request:
                answer: dict[str, Any] = {"mark": mark_task(request["mark"])}
            else:
                answer = {"feedback": feedback_of(*request["feedback"])}
            text = json.dumps(answer, allow_nan=False)
        except MemoryError:
            text = json.dumps({"stopped": ""})
        except (Exception, SystemExit) as error:
            text = json.dumps({"stopped": _reason(error)})
        answers.write(text.encode() + b"\n")
        answers.flush()
        alarm(0)


def alarm(seconds: float) -> None:
    """End this process after so many seconds, 0: never: a parent that was killed no longer does."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The streams of requests and answers, out of the reach of plugins that read and print: they read
    nothing, and what they write goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return requests, answers


def _limit(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    most = megabytes * 2**20
    with suppress(ValueError, OSError):  # macOS takes some limits and not others
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _reason(error: BaseException) -> str:
    from oslab.plugins import blamed

    return str(error) if isinstance(error, InputError) else blamed(error)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
