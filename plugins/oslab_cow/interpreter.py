"""Runs a listing: every fork makes a process, every variable in memory lies on a copy-on-write page.

What C and POSIX leave open is settled by `Rules`, so that a listing always runs the same way. Everything
is bounded; a listing that leaves a bound is refused, naming the line. Faults and frames are those of the
machine behind `Pages`.

The processes are P, its children P.1, P.2 … in order of their forks, theirs P.1.1 and so on: names that
do not depend on who runs first. Sources: POSIX.1-2017, fork, wait, exit, mmap; ISO C17, 7.21.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from oslab import InputError
from oslab_cow.arithmetic import BINARY, UNARY
from oslab_cow.expressions import MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED
from oslab_cow.instructions import Instruction, translate
from oslab_cow.machine import Touch
from oslab_cow.nodes import Program, Variable
from oslab_cow.pages import Content, Memory, Pages, bytes_of, number_at
from oslab_cow.task import Rules, Task

FIRST: Final = "P"
FIRST_PID: Final = 100
MOST_PROCESSES: Final = 256
MOST_INSTRUCTIONS: Final = 300_000
MOST_PRINTED: Final = 100_000


Watcher: TypeAlias = "Callable[[str, Task, Mapping[str, Any]], None]"
"""Is told of each event: what, who, and what came of it."""


class Interpreter:
    """One run of a listing.

    tasks    all processes in order of their creation
    output   what was printed, in order: (process, text)
    now      the instruction that is being carried out
    """

    def __init__(
        self,
        program: Program,
        rules: Rules,
        watcher: Watcher | None = None,
        memory: type[Memory] = Memory,
    ) -> None:
        self.rules = rules
        self.code = translate(program)
        self.now = self.code[0]
        self.watcher = watcher
        self.pages = Pages(
            program, FIRST, rules.globals_on, rules.locals_on, rules.page_size, memory
        )
        self.memory = self.pages.memory
        self.tasks = [Task(FIRST, FIRST_PID, None)]
        self.output: list[tuple[str, str]] = []
        self.forks = self.faults = self.copies = self.reuses = self.prints = 0
        self.frames_peak = self.memory.frames_in_use
        self.instructions = self.printed = 0
        self.latest = -1

    # Who goes on.

    def run(self) -> None:
        """Until no process can go on. Raises InputError."""
        while (number := self._next()) is not None:
            self.latest = number
            self._go_on(self.tasks[number])

    def _next(self) -> int | None:
        ready = [n for n, task in enumerate(self.tasks) if task.status == "ready"]
        if not ready:
            return None
        if self.rules.order == "child-first":
            return ready[-1]
        if self.rules.order == "parent-first":
            return ready[0]
        return next((n for n in ready if n > self.latest), ready[0])

    def _go_on(self, task: Task) -> None:
        """Until the process cannot go on, or another one is to go on first."""
        began, order = False, self.rules.order
        while task.status == "ready":
            it = self.now = self.code[task.at]
            if it.name == "turn" and began and order == "in-turn":
                return
            began = True
            self.instructions += 1
            if self.instructions > MOST_INSTRUCTIONS:
                raise self._wrong(
                    f"no end after {MOST_INSTRUCTIONS} instructions; a loop may never end"
                )
            task.at += 1
            self._do(task, it)
            if it.text == "fork" and order == "child-first":
                return

    # What each instruction does.

    def _do(self, task: Task, it: Instruction) -> None:
        stack, variable = task.stack, it.variable
        match it.name:
            case "turn":
                pass
            case "push":
                stack.append(it.number)
            case "pop":
                stack.pop()
            case "dup":
                stack.append(stack[-1])
            case "jump":
                task.at = it.number
            case "jump-if-0":
                if not stack.pop():
                    task.at = it.number
            case "unary":
                stack.append(UNARY[it.text](stack.pop()))
            case "binary":
                right = stack.pop()
                stack.append(self._binary(it.text, stack.pop(), right))
            case "load" if variable:
                stack.append(self._load(task, variable))
            case "store" if variable:
                stack[-1] = self._fitting(variable.size, stack[-1])
                self._store(task, variable, stack[-1])
            case "load-at" if variable:
                page, offset = self._element(task, variable, stack.pop())
                stack.append(number_at(self._read(task, page), offset, variable.element))
            case "store-at" if variable:
                value, index = self._fitting(variable.element, stack.pop()), stack.pop()
                page, offset = self._element(task, variable, index)
                change = bytes_of(value, offset, variable.element)
                self._write(task, page, f"{variable.name}[{index}]", value, change)
                stack.append(value)
            case "print":
                self._print(task, it)
            case "call":
                self._call(task, it)

    def _binary(self, sign: str, left: int, right: int) -> int:
        if sign in ("/", "%") and right == 0:
            raise self._wrong("a division by 0")
        if sign in ("<<", ">>") and not 0 <= right < 32:
            raise self._wrong(f"a shift by {right}; 0 to 31 are possible")
        value = BINARY[sign](left, right)
        if not -(2**63) <= value < 2**63:
            raise self._wrong("a number here has more than 64 bits")
        return value

    def _fitting(self, size: int, value: int) -> int:
        """The value as a variable of so many bytes holds it: a char is cut, an int must fit."""
        if size == 1:
            return (value + 128) % 256 - 128
        if not -(2 ** (8 * size - 1)) <= value < 2 ** (8 * size - 1):
            raise self._wrong(f"{value} does not fit into {size} bytes")
        return value

    # Variables and pages.

    def _load(self, task: Task, variable: Variable) -> int:
        page = self.pages.page_of(variable)
        held = task.held if page is None else self._read(task, page)
        if variable.number not in held and not variable.is_global:
            raise self._wrong(f"{variable.name} is used before it was given a value")
        return held.get(variable.number, 0)

    def _store(self, task: Task, variable: Variable, value: int) -> None:
        page = self.pages.page_of(variable)
        if page is None:
            task.held[variable.number] = value
        else:
            self._write(task, page, variable.name, value, {variable.number: value})

    def _element(self, task: Task, pointer: Variable, index: int) -> tuple[int, int]:
        """Page and offset of ``pointer[index]``."""
        found = self.pages.element(self._load(task, pointer) + index * pointer.element)
        if found is None:
            raise self._wrong(f"{pointer.name}[{index}] lies on no page that mmap gave")
        return found

    def _read(self, task: Task, page: int) -> Content:
        touch = self.memory.read(task.name, page)
        self._account(touch)
        if touch.fault:
            self._tell("tree-read", task, page=self.memory.labels[page], touch=touch)
        found: Content = touch.value or {}
        return found

    def _write(self, task: Task, page: int, name: str, value: int, change: Content) -> None:
        touch = self.pages.write(task.name, page, change)
        self._account(touch)
        label = self.memory.labels[page]
        self._tell("tree-write", task, page=label, variable=name, value=value, touch=touch)

    def _account(self, touch: Touch) -> None:
        self.faults += touch.fault
        self.copies += touch.event == "copy"
        self.reuses += touch.event == "reuse"
        self.frames_peak = max(self.frames_peak, self.memory.frames_in_use)

    # Printing.

    def _print(self, task: Task, it: Instruction) -> None:
        printed = it.printed
        assert printed is not None
        values = self._arguments(task, it)
        text = printed.texts[0]
        for form, value, after in zip(printed.forms, values, printed.texts[1:], strict=True):
            text += (chr(value % 256) if form == "c" else str(value)) + after
        task.stack.append(len(text))
        self.prints += 1
        self._tell("tree-print", task, text=text, values=tuple(values))
        if printed.stream == "stderr" or self.rules.buffer == "none":
            self._appear(task, text)
            return
        task.buffered += text
        if len(task.buffered) > MOST_PRINTED:
            raise self._too_much()
        if self.rules.buffer == "line":
            self._flush(task, task.buffered.rfind("\n") + 1)

    def _flush(self, task: Task, length: int | None = None) -> None:
        """Let the first `length` characters of the buffer appear, or all."""
        text = task.buffered[:length]
        task.buffered = "" if length is None else task.buffered[length:]
        if text:
            self._appear(task, text)

    def _appear(self, task: Task, text: str) -> None:
        self.printed += len(text)
        if self.printed > MOST_PRINTED:
            raise self._too_much()
        self.output.append((task.name, text))

    # Calls.

    def _call(self, task: Task, it: Instruction) -> None:
        arguments = self._arguments(task, it)
        match it.text:
            case "fork":
                self.fork(task)
            case "exit" | "_exit":
                self.exit(task)
            case "wait" | "waitpid":
                pid = arguments[0] if it.text == "waitpid" and arguments[0] != -1 else None
                reaped = self._wait(task, pid)
                if reaped is None:
                    # It is tried again when a child has ended.
                    task.stack += arguments
                    task.at -= 1
                else:
                    task.stack.append(reaped)
            case "mmap":
                task.stack.append(self._mmap(task, length=arguments[1], flags=arguments[3]))
            case "getpid":
                task.stack.append(task.pid)
            case "getppid":
                orphan = task.parent is None or task.parent.status == "ended"
                task.stack.append(1 if orphan or task.parent is None else task.parent.pid)
            case "pause":
                task.status = "paused"
                task.stack.append(-1)
                self._tell("tree-pause", task)
            case "fflush":
                self._flush(task)
                task.stack.append(0)

    def _arguments(self, task: Task, it: Instruction) -> list[int]:
        first = len(task.stack) - it.number
        arguments = task.stack[first:]
        del task.stack[first:]
        return arguments

    def fork(self, task: Task) -> None:
        """The child goes on from here with 0, the parent with the child's number."""
        if len(self.tasks) >= MOST_PROCESSES:
            raise self._wrong(f"more than {MOST_PROCESSES} processes are not run")
        child = Task(
            name=f"{task.name}.{len(task.children) + 1}",
            pid=FIRST_PID + len(self.tasks),
            parent=task,
            line=self.now.line,
            at=task.at,
            stack=[*task.stack, 0],
            held=dict(task.held),
            buffered=task.buffered,
        )
        forked = self.memory.fork(task.name, child.name)
        task.stack.append(child.pid)
        task.children.append(child)
        self.tasks.append(child)
        self.forks += 1
        self._tell("tree-fork", task, child=child.name, protected=forked.protected)

    def exit(self, task: Task) -> None:
        """The process ends; a parent that waits for it goes on."""
        if self.now.text != "_exit":
            self._flush(task)
        self._tell("tree-leave", task)
        exited = self.memory.exit(task.name)
        task.status = "ended"
        parent = task.parent
        if parent and parent.status != "ended":
            parent.ended.append(task)
            if parent.status == "waiting" and parent.awaited in (None, task.pid):
                parent.status = "ready"
        self._tell("tree-exit", task, freed=exited.freed)

    def _wait(self, task: Task, pid: int | None) -> int | None:
        """The child that was waited for, -1 where there is none; None where it has not ended yet."""
        for child in task.ended:
            if pid in (None, child.pid):
                task.ended.remove(child)
                self._tell("tree-wait", task, child=child.name)
                return child.pid
        if not any(c.status != "ended" and pid in (None, c.pid) for c in task.children):
            self._tell("tree-wait", task, child=None)
            return -1
        task.status, task.awaited = "waiting", pid
        self._tell("tree-block", task)
        return None

    def _mmap(self, task: Task, length: int, flags: int) -> int:
        kinds = flags & (MAP_SHARED | MAP_PRIVATE)
        if not flags & MAP_ANONYMOUS or kinds not in (MAP_SHARED, MAP_PRIVATE):
            raise self._wrong("mmap needs MAP_ANONYMOUS and one of MAP_PRIVATE and MAP_SHARED here")
        pointer = self.code[task.at].variable
        if pointer is None:
            raise self._wrong("what mmap returns is kept in a pointer: char *p = mmap(…)")
        kind: Literal["private", "shared"] = "shared" if kinds == MAP_SHARED else "private"
        try:
            address, labels = self.pages.map(task.name, kind, length, pointer)
        except InputError as error:
            raise self._wrong(str(error)) from None
        self.frames_peak = max(self.frames_peak, self.memory.frames_in_use)
        self._tell("tree-map", task, pages=labels, kind=kind)
        return address

    def _tell(self, what: str, task: Task, **came_of_it: Any) -> None:
        if self.watcher:
            self.watcher(what, task, came_of_it)

    def _too_much(self) -> InputError:
        return self._wrong(f"more than {MOST_PRINTED} characters are printed")

    def _wrong(self, text: str) -> InputError:
        return InputError(f"listing, line {self.now.line}: {text}")
