"""A laboratory on the real kernel: transfers of a file, calls of sendfile, mappings.

    python zerocopy_lab.py transfer PATH SIZE CHUNK      (to be run under strace)
    python zerocopy_lab.py alias
    python zerocopy_lab.py sendfile < scripts.json
    python zerocopy_lab.py mmap < cases.json

Run as a program of its own: it is traced, and it takes signals. Results are JSON on standard output.
`transfer` makes its system calls between two getppid(2), by which they are found in a trace.
"""

import ctypes
import json
import mmap
import os
import socket
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
LIBC.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
LIBC.sendfile.restype = ctypes.c_ssize_t
LIBC.sendfile.argtypes = [
    ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_long), ctypes.c_size_t,
]  # fmt: skip
LIBC.write.restype = ctypes.c_ssize_t
LIBC.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
FAILED = ctypes.c_void_p(-1).value


def transfer(path, size, chunk):
    """Send a file of so many bytes to a socket whose receiver is another process."""
    with tempfile.TemporaryFile() as file:
        file.write(b"A" * size)
        file.flush()
        ours, theirs = socket.socketpair()
        child = os.fork()
        if not child:
            ours.close()
            while theirs.recv(1 << 20):
                pass
            os._exit(0)
        theirs.close()
        fd, out = file.fileno(), ours.fileno()
        os.lseek(fd, 0, os.SEEK_SET)
        rounds = [min(chunk, size - done) for done in range(0, size, chunk)]
        os.getppid()
        if path == "read-write":
            for count in rounds:
                os.write(out, os.read(fd, count))
        elif path == "mmap-write":
            address = LIBC.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
            for i, count in enumerate(rounds):
                LIBC.write(out, address + i * chunk, count)
        elif path == "sendfile":
            for count in rounds:
                os.sendfile(out, fd, None, count)
        elif path == "splice":
            get, put = os.pipe()
            for count in rounds:
                os.splice(fd, put, count)
                os.splice(get, out, count)
        os.getppid()
        ours.close()
        os.waitpid(child, 0)


def alias():
    """Send 'A', overwrite the file with 'B', then receive: 'B' arrives where the socket buffer only
    refers to the page cache, 'A' where the CPU copied."""
    found = {}
    for path in ("read-write", "mmap-write", "sendfile", "splice", "sendfile-file"):
        with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as target:
            file.write(b"A" * 4096)
            file.flush()
            fd = file.fileno()
            os.lseek(fd, 0, os.SEEK_SET)
            server = socket.create_server(("127.0.0.1", 0))
            sender = socket.create_connection(server.getsockname())
            receiver, _ = server.accept()
            out = sender.fileno()
            if path == "read-write":
                os.write(out, os.read(fd, 4096))
            elif path == "mmap-write":
                with mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ) as mapped:
                    os.write(out, mapped)
            elif path == "sendfile":
                os.sendfile(out, fd, None, 4096)
            elif path == "splice":
                get, put = os.pipe()
                os.splice(fd, put, 4096)
                os.splice(get, out, 4096)
                os.close(get)
                os.close(put)
            else:
                os.sendfile(target.fileno(), fd, None, 4096)
            os.pwrite(fd, b"B" * 4096, 0)
            if path == "sendfile-file":
                got = os.pread(target.fileno(), 4096, 0)
            else:
                got = receiver.recv(4096, socket.MSG_WAITALL)
            found[path] = got[:1].decode()
            for each in (server, sender, receiver):
                each.close()
    return found


def sendfile(script):
    """Carry out operations of one script: what each send returned, the position and the variable
    after it. `drained`: the receiver takes everything out after each send."""
    rows = []
    with tempfile.TemporaryFile() as file:
        file.truncate(script["file_size"])
        fd = file.fileno()
        os.lseek(fd, script["position"], os.SEEK_SET)
        variable = ctypes.c_long(script["offset"] or 0)
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        for verb, number, uses in script["ops"]:
            if verb == "seek":
                os.lseek(fd, number, os.SEEK_SET)
            elif verb == "offset":
                variable.value = number
            elif verb == "send":
                pointer = ctypes.byref(variable) if uses == "offset" else None
                returned = LIBC.sendfile(ours.fileno(), fd, pointer, number)
                error = ctypes.get_errno() if returned < 0 else 0
                position = os.lseek(fd, 0, os.SEEK_CUR)
                rows.append([returned, error, position, variable.value])
                try:
                    while script["drained"] and theirs.recv(1 << 20):
                        pass
                except BlockingIOError:
                    pass
        ours.close()
        theirs.close()
    return rows


def errors():
    """errno of sendfile for ends that it does not take, 0 where it works."""
    found = {}
    with tempfile.TemporaryFile() as file, tempfile.NamedTemporaryFile() as target:
        file.write(b"A" * 100)
        file.flush()
        appended = os.open(target.name, os.O_WRONLY | os.O_APPEND)
        ours, theirs = socket.socketpair()
        get, put = os.pipe()
        os.write(put, b"xx")
        ends = {
            "file to socket": (ours.fileno(), file.fileno()),
            "socket to socket": (ours.fileno(), theirs.fileno()),
            "pipe to socket": (ours.fileno(), get),
            "file to append": (appended, file.fileno()),
        }
        for name, (out, source) in ends.items():
            offset = ctypes.c_long(0)
            pointer = ctypes.byref(offset) if source == file.fileno() else None
            if LIBC.sendfile(out, source, pointer, 1) < 0:
                found[name] = ctypes.get_errno()
            else:
                found[name] = 0
        try:
            os.splice(file.fileno(), ours.fileno(), 1)
            found["splice without a pipe"] = 0
        except OSError as error:
            found["splice without a pipe"] = error.errno
    return found


def mapped(case):
    """One mmap and accesses: errno (0: success) and, in a child for each access, what it did."""
    modes = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR}
    prots = {
        "none": 0,
        "read": mmap.PROT_READ,
        "write": mmap.PROT_WRITE,
        "read-write": mmap.PROT_READ | mmap.PROT_WRITE,
    }
    sharing = {"shared": mmap.MAP_SHARED, "private": mmap.MAP_PRIVATE}
    placing = {"hint": 0, "fixed": 0x10, "fixed-noreplace": 0x100000}
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes([case["fill"]]) * case["file_size"])
        file.flush()
        fd = os.open(file.name, modes[case["open_mode"]])
        other = os.open(file.name, os.O_RDWR)
        address = case["address"] or None
        for start, length, value in case["occupied"]:
            private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | placing["fixed"]
            old = LIBC.mmap(start, length, prots["read-write"], private, -1, 0)
            ctypes.memset(old, value, length)
        flags = sharing[case["flags"]] | placing[case["placement"]]
        found = LIBC.mmap(address, case["length"], prots[case["prot"]], flags, fd, case["offset"])
        error = ctypes.get_errno() if found == FAILED else 0
        base = address if error else found
        rows = []
        for verb, place, value in case["ops"]:
            if verb in ("read", "write"):
                rows.append(_access(verb, base, place, value))
            elif verb == "pread":
                byte = os.pread(other, 1, place)
                rows.append(["ok", *byte] if byte else ["end"])
            elif verb == "pwrite":
                os.pwrite(other, bytes([value]), place)
                rows.append(["ok"])
            elif verb == "truncate":
                os.truncate(file.name, place)
                rows.append(["ok"])
            elif verb == "close":
                os.close(fd)
                fd = -1
                rows.append(["ok"])
        where = None if error else found
        if not error:
            LIBC.munmap(found, case["length"])
        for start, length, _ in case["occupied"]:
            LIBC.munmap(start, length)
        for each in (fd, other):
            if each >= 0:
                os.close(each)
    return {"error": error, "where": where, "rows": rows}


def _access(verb, base, place, value):
    """Try an access in a child, which a signal ends; where none does, make it here."""
    if base is None:
        return ["SIGSEGV"]
    child = os.fork()
    if not child:
        cell = ctypes.c_ubyte.from_address(base + place)
        if verb == "read":
            os._exit(cell.value & 0)
        cell.value = value
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return [{7: "SIGBUS", 11: "SIGSEGV"}.get(os.WTERMSIG(status), "?")]
    cell = ctypes.c_ubyte.from_address(base + place)
    if verb == "read":
        return ["ok", cell.value]
    cell.value = value
    return ["ok"]


def main():
    match sys.argv[1:]:
        case ["transfer", path, size, chunk]:
            transfer(path, int(size), int(chunk))
        case ["alias"]:
            json.dump(alias(), sys.stdout)
        case ["errors"]:
            json.dump(errors(), sys.stdout)
        case ["sendfile"]:
            json.dump([sendfile(script) for script in json.load(sys.stdin)], sys.stdout)
        case ["mmap"]:
            json.dump([mapped(case) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
