"""A laboratory on the real kernel: scripts of descriptors and waits, by real system calls.

    python epoll_lab.py < scripts.json > observed.json

Run as a program of its own, so that its descriptors begin where few are open. A script is
{"mechanism": "epoll", "select" or "poll", "ops": ["pipe a", "write a 5", …]}, in the format of
docs/multiplex.md but with nothing left out that may be: every read and wait says its number, every accept
its name. What is written down of each operation: [returned value, name of errno or ""], and for a wait
[value, errno, [[tag, event bits], …]]. The document is {"first_fd": …, "kernel": [major, minor],
"observed": [[…] for each script]}.

Nothing of oslab is used here. `scenario` makes scripts at random.
"""

import ctypes
import errno
import fcntl
import json
import os
import random
import select
import socket
import struct
import sys

BITS = {"in": 1, "pri": 2, "out": 4, "err": 8, "hup": 0x10, "rdhup": 0x2000,
        "exclusive": 1 << 28, "oneshot": 1 << 30, "et": 1 << 31}  # fmt: skip
CTL = {"add": 1, "del": 2, "mod": 3}
SIDES = {"read": socket.SHUT_RD, "write": socket.SHUT_WR, "both": socket.SHUT_RDWR}
HIGH = 500  # where descriptors go that a script knows nothing of


class Event(ctypes.Structure):
    _pack_ = 1 if os.uname().machine in ("x86_64", "i686") else 8
    _fields_ = (("events", ctypes.c_uint32), ("data", ctypes.c_uint64))


class Process:
    """Carries out one script. `kinds` says what an open number is, for writes to eventfds; `names` are the
    script's variables, `tags` what the data of events stand for."""

    def __init__(self, mechanism, libc):
        self.mechanism, self.libc = mechanism, libc
        self.names, self.kinds, self.tags = {}, {}, []
        self.lists = {}
        self.hidden = []

    def do(self, text):
        verb, *words = text.split()
        settings = dict(word.split("=") for word in words if "=" in word)
        words = [word for word in words if "=" not in word]
        try:
            result = getattr(self, f"do_{verb}")(*words, **settings)
        except OSError as error:
            name = errno.errorcode[error.errno]
            return [-1, name, []] if verb == "wait" else [-1, name]
        return result if isinstance(result, list) else [result or 0, ""]

    def check(self, value):
        if value < 0:
            raise OSError(ctypes.get_errno(), "")
        return value

    def bind(self, name, fd, kind):
        self.names[name] = fd
        self.kinds[fd] = kind
        return fd

    def do_pipe(self, name):
        for end, fd in zip("rw", os.pipe2(os.O_NONBLOCK), strict=True):
            self.bind(f"{name}.{end}", fd, "pipe")

    def do_unix(self, name):
        for end, one in zip("ab", socket.socketpair(), strict=True):
            one.setblocking(False)
            self.bind(f"{name}.{end}", one.detach(), "unix")

    def do_eventfd(self, name, value="0"):
        return self.bind(name, os.eventfd(int(value), os.EFD_NONBLOCK), "eventfd")

    def do_file(self, name):
        return self.bind(name, os.open("/tmp", os.O_RDWR | os.O_TMPFILE), "file")

    def do_epoll(self, name, size=None):
        if self.mechanism != "epoll":
            self.lists[name] = {}
            return 0
        self.names[name] = -1
        fd = self.libc.epoll_create1(0) if size is None else self.libc.epoll_create(int(size))
        return self.bind(name, self.check(fd), "epoll")

    def do_listen(self, name):
        listener = socket.socket()
        listener.setblocking(False)
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        self.bind(name, listener.detach(), "listener")

    def do_connect(self, name, times="1"):
        with socket.socket(fileno=os.dup(self.names[name])) as listener:
            address = listener.getsockname()
        for _ in range(int(times)):
            with socket.socket() as client:
                client.connect(address)
                self.hidden.append(fcntl.fcntl(client.fileno(), fcntl.F_DUPFD, HIGH))

    def do_accept(self, name, new):
        self.names[new] = -1
        fd = self.check(self.libc.accept4(self.names[name], None, None, os.O_NONBLOCK))
        return self.bind(new, fd, "connection")

    def do_dup(self, name, new):
        self.names[new] = -1
        fd = os.dup(self.names[name])
        return self.bind(new, fd, self.kinds[self.names[name]])

    def do_close(self, name):
        fd = self.names[name]
        os.close(fd)
        del self.kinds[fd]

    def do_shutdown(self, name, side):
        return self.check(self.libc.shutdown(self.names[name], SIDES[side]))

    def do_write(self, name, size):
        fd = self.names.get(name, self.names.get(f"{name}.w"))
        if self.kinds.get(fd) == "eventfd":
            return os.write(fd, struct.pack("Q", int(size)))
        return os.write(fd, bytes(int(size)))

    def do_read(self, name, size):
        fd = self.names.get(name, self.names.get(f"{name}.r"))
        return len(os.read(fd, int(size)))

    def do_ctl(self, epoll, action, target, events="none", tag=None):
        bits = sum(BITS[word] for word in events.split(",") if word != "none")
        fd = self.names[target]
        if self.mechanism != "epoll":
            asked = self.lists[epoll]
            if action == "del" or fd < 0:
                asked.pop(fd, None)
            else:
                asked[fd] = (bits & 0x201F, tag or target)
            return 0
        self.tags.append(tag or target)
        event = Event(bits, len(self.tags) - 1)
        return self.check(
            self.libc.epoll_ctl(self.names[epoll], CTL[action], fd, ctypes.byref(event))
        )

    def do_wait(self, epoll, max="16", timeout="0"):
        if self.mechanism == "epoll":
            return self.epoll_wait(self.names[epoll], int(max), int(timeout))
        asked = self.lists[epoll]
        if self.mechanism == "poll":
            poller = select.poll()
            for fd in sorted(asked):
                poller.register(fd, asked[fd][0])
            found = [[asked[fd][1], bits] for fd, bits in poller.poll(0)]
            return [len(found), "", found]
        sets = [[fd for fd in sorted(asked) if asked[fd][0] & bit] for bit in (1, 4, 2)]
        left = select.select(*sets, 0)
        bits = {}
        for bit, fds in zip((1, 4, 2), left, strict=True):
            for fd in fds:
                bits[fd] = bits.get(fd, 0) | bit
        return [sum(map(len, left)), "", [[asked[fd][1], bits[fd]] for fd in sorted(bits)]]

    def epoll_wait(self, fd, most, timeout):
        room = (Event * max(most, 1))()
        count = self.check(self.libc.epoll_wait(fd, room, most, timeout))
        return [count, "", [[self.tags[e.data], e.events] for e in room[:count]]]

    def end(self):
        for fd in [*self.kinds, *self.hidden]:
            os.close(fd)


class Drawn:
    """A script drawn at random. Keeps its own table of descriptors, to know what a name stands for: names
    of closed numbers are used too, and those may stand for something else by then."""

    def __init__(self, rng, mechanism, listeners):
        self.rng, self.mechanism, self.listeners = rng, mechanism, listeners
        self.names, self.fds, self.ops = {}, {}, []
        self.lists, self.sent, self.waiting, self.refs = [], {}, {}, {}
        self.objects = 0
        self.most = rng.choice([7, 9, 12, 24])  # descriptors: among few, more happens to each

    def new(self, ends, kind, first=None):
        name = f"{kind[0]}{self.objects}"
        for end in ends:
            self.open(name + end, (kind, self.objects, end))
        self.objects += 1
        return name

    def open(self, name, file):
        fd = next(n for n in range(len(self.fds) + 1) if n not in self.fds)
        self.names[name], self.fds[fd] = fd, file
        self.refs[file] = self.refs.get(file, 0) + 1

    def kind(self, name):
        return self.fds.get(self.names[name], ("closed",))[0]

    def pick(self, *kinds, stale=0.06):
        """A name, of something open and of one of the kinds if there is one; at times of anything."""
        every = list(self.names)
        fit = [n for n in every if self.kind(n) in kinds] if kinds else every
        if not kinds:
            fit = [n for n in every if self.names[n] in self.fds]
        if not fit or self.rng.random() < stale:
            fit = every
        return self.rng.choice(fit) if fit else None

    def step(self):
        rng = self.rng
        total = sum(weight for weight, _ in STEPS)
        at = rng.randrange(total)
        for weight, step in STEPS:
            at -= weight
            if at < 0:
                text = step(self)
                if text:
                    self.ops.append(text)
                return

    def make(self):
        rng = self.rng
        if len(self.fds) >= self.most:
            return None
        kind = rng.choice(["pipe", "pipe", "unix", "unix", "eventfd", "epoll"]
                          + ["listen"] * 2 * self.listeners)  # fmt: skip
        if len(self.lists) + sum(file[0] == "epoll" for file in self.fds.values()) < 2:
            kind = "epoll"
        if kind == "pipe":
            return f"pipe {self.new(('.r', '.w'), 'pipe')}"
        if kind == "unix":
            return f"unix {self.new(('.a', '.b'), 'unix')}"
        if kind == "eventfd":
            return f"eventfd {self.new(('',), 'v')} {rng.choice([0, 0, 1, 5])}"
        if kind == "listen":
            return f"listen {self.new(('',), 'listen')}"
        if self.mechanism != "epoll":
            self.lists.append(f"e{self.objects}")
            self.objects += 1
            return f"epoll {self.lists[-1]}"
        return f"epoll {self.new(('',), 'epoll')}"

    def epoll(self):
        if self.mechanism != "epoll":
            return self.rng.choice(self.lists) if self.lists else None
        return self.pick("epoll", stale=0.03)

    def ctl(self):
        rng = self.rng
        epoll = self.epoll()
        target = self.pick(stale=0.05)
        if rng.random() < 0.12:
            target = self.pick("epoll", stale=0)
        if epoll is None or target is None:
            return None
        action = rng.choice(["add"] * 5 + ["mod"] * 4 + ["del"])
        if action == "del":
            return f"ctl {epoll} del {target}"
        events = [e for e, p in (("in", 0.8), ("out", 0.45), ("rdhup", 0.2), ("pri", 0.05))
                  if rng.random() < p]  # fmt: skip
        flags = [f for f, p in (("et", 0.5), ("oneshot", 0.15), ("exclusive", 0.12 if action == "add" else 0.02))
                 if rng.random() < p]  # fmt: skip
        if "exclusive" in flags and rng.random() < 0.8:
            events, flags = (
                [e for e in events if e in ("in", "out")],
                [f for f in flags if f != "oneshot"],
            )
        return f"ctl {epoll} {action} {target} {','.join(events + flags) or 'none'} tag=t{len(self.ops)}"

    def wait(self):
        epoll = self.epoll()
        return epoll and f"wait {epoll} max={self.rng.choice([1, 1, 2, 3, 16])} timeout=0"

    def write(self):
        rng = self.rng
        name = self.pick("pipe", "unix", "v")
        if name is None or (name.endswith(".r") and rng.random() < 0.8):
            return None
        kind, *which = self.fds.get(self.names[name], ("closed",))
        if kind == "unix":
            self.sent[tuple(which)] = self.sent.get(tuple(which), 0) + 1
            if self.sent[tuple(which)] > 40:
                return None
            return f"write {name} {rng.choice([1, 3, 10, 100])}"
        if kind in ("connection", "listen"):
            return None
        if kind == "v":
            return f"write {name} {rng.choice([0, 1, 1, 2, 7, 2**64 - 2, 2**64 - 1, 2**64 - 9])}"
        return f"write {name} {rng.choice([1, 2, 5, 100, 2049, 4000, 4096, 4097, 8192, 61440, 65536, 70000])}"

    def read(self):
        name = self.pick("pipe", "unix", "v")
        if name is None or (name.endswith(".w") and self.rng.random() < 0.8):
            return None
        return f"read {name} {self.rng.choice([1, 2, 4, 8, 100, 4095, 4096, 8192, 65536, 100000])}"

    def dup(self):
        name = self.pick(stale=0.05)
        if name is None or len(self.fds) >= self.most:
            return None
        file = self.fds.get(self.names[name])
        new = f"d{len(self.ops)}"
        if file is None:
            self.names[new] = -1
        else:
            self.open(new, file)
        return f"dup {name} {new}"

    def close(self):
        name = self.pick(stale=0.05)
        if name is None:
            return None
        file = self.fds.pop(self.names[name], None)
        if file:
            self.refs[file] -= 1
        return f"close {name}"

    def shutdown(self):
        name = self.pick("unix", stale=0.1)
        if name is None or self.kind(name) in ("listen", "connection"):
            return None
        return f"shutdown {name} {self.rng.choice(['read', 'write', 'both'])}"

    def connect(self):
        name = self.pick("listen", stale=0)
        if name is None or self.kind(name) != "listen":
            return None
        times = self.rng.choice([1, 1, 2, 3])
        file = self.fds[self.names[name]]
        self.waiting[file] = self.waiting.get(file, 0) + times
        return f"connect {name} {times}"

    def accept(self):
        name = self.pick("listen", stale=0)
        if name is None or self.kind(name) != "listen" or len(self.fds) >= self.most:
            return None
        new = f"c{len(self.ops)}"
        file = self.fds[self.names[name]]
        if self.waiting.get(file):
            self.waiting[file] -= 1
            self.objects += 1
            self.open(new, ("connection", self.objects, ""))
        else:
            self.names[new] = -1
        return f"accept {name} {new}"


STEPS = [
    (6, Drawn.make), (22, Drawn.ctl), (26, Drawn.wait), (22, Drawn.write), (16, Drawn.read),
    (3, Drawn.dup), (3, Drawn.close), (2, Drawn.shutdown), (4, Drawn.connect), (4, Drawn.accept),
]  # fmt: skip


def scenario(seed, length=200, mechanism="epoll", listeners=False):
    """A script of so many operations, drawn from the seed."""
    drawn = Drawn(random.Random(seed), mechanism, listeners)
    for _ in range(5):
        drawn.ops.append(drawn.make() or "")
    while len(drawn.ops) < length:
        drawn.step()
    return {"mechanism": mechanism, "ops": [op for op in drawn.ops if op]}


def first_free():
    fd = os.dup(0)
    os.close(fd)
    return fd


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    scripts = json.load(sys.stdin)
    first, observed = first_free(), []
    for script in scripts:
        process = Process(script["mechanism"], libc)
        observed.append([process.do(op) for op in script["ops"]])
        process.end()
        assert first_free() == first
    kernel = [int(part) for part in os.uname().release.split("-")[0].split(".")[:2]]
    json.dump({"first_fd": first, "kernel": kernel, "observed": observed}, sys.stdout)


if __name__ == "__main__":
    main()
