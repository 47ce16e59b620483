"""Nasty sheets too large to commit: each fills the 256 KiB that a sheet may have at most."""

from __future__ import annotations

from collections.abc import Callable

LIMIT = 256 * 1024
HEAD = b'[sheet]\nformat = 1\nq1 = "paging/replace-fifo 7QK4-M2XD paging.replace/1"\n[q1]\n'


def _filled(unit: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[], bytes]:
    def make() -> bytes:
        room = LIMIT - len(HEAD) - len(before) - len(after)
        return (
            HEAD
            + before
            + (unit * (room // len(unit) + 1))[: room // len(unit) * len(unit)]
            + after
        )

    return make


BIG: dict[str, Callable[[], bytes]] = {
    "dotted key": _filled(b"a.", after=b"a = 1\n"),
    "dotted key with blanks": _filled(b"a . ", after=b"a = 1\n"),
    "dotted quoted key": _filled(b'"a".', after=b"a = 1\n"),
    "dotted table": _filled(b"a.", before=b"[", after=b"a]\n"),
    "many dotted tables": _filled(b"[a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p]\n"),
    "many tables of arrays": _filled(b"[[a]]\n"),
    "dotted keys in an inline table": _filled(b"a.", before=b"x = {", after=b"a = 1}\n"),
    "deep arrays": _filled(b"[", before=b"x = "),
    "deep closed arrays": lambda: HEAD + b"x = " + b"[" * 100_000 + b"]" * 100_000 + b"\n",
    "deep inline tables": _filled(b"{a=", before=b"x = "),
    "deep array over lines": _filled(b"[\n", before=b"x = "),
    "many open arrays": _filled(b"a = [1,\n"),
    "many open inline tables": _filled(b"a = {b = 1\n"),
    "hexadecimal digits": _filled(b"f", before=b"x = 0x", after=b"\n"),
    "decimal digits": _filled(b"9", before=b"x = ", after=b"\n"),
    "digits and underscores": _filled(b"9_", before=b"x = ", after=b"9\n"),
    "digits behind a point": _filled(b"9", before=b"x = 0.", after=b"\n"),
    "digits of an exponent": _filled(b"9", before=b"x = 1e", after=b"\n"),
    "digits in quotes": _filled(b"9", before=b'x = "', after=b'"\n'),
    "long array of numbers": _filled(b"1,", before=b"x = [", after=b"]\n"),
    "long array of words": _filled(b"f ", before=b"x = [", after=b"]\n"),
    "keys": lambda: HEAD + b"".join(b"k%d=1\n" % i for i in range(22_000)),
    "the same key": _filled(b"a=1\n"),
    "broken keys": _filled(b"a=1x\n"),
    "empty values": _filled(b"a=\n"),
    "questions": lambda: b"[sheet]\n" + b"".join(b"q%d=1\n[q%d]\n" % (i, i) for i in range(14_000)),
    "comments": _filled(b"#\n"),
    "one comment": _filled(b"# ", after=b"\n"),
    "empty lines": _filled(b"\n"),
    "blanks": _filled(b" "),
    "blanks before nothing": _filled(b" ", before=b"a", after=b"b\n"),
    "wide blanks": _filled("\u3000".encode(), before=b"a =", after=b"b\n"),
    "carriage returns": _filled(b"\r"),
    "stray lines": _filled(b"hello\n"),
    "bars": _filled(b"|", before=b"steps = '''\n", after=b"\n'''\n"),
    "rows": _filled(b"1 | 7 | f | -\n", before=b"steps = '''\n", after=b"'''\n"),
    "unknown rows": _filled(b"x|y\n", before=b"steps = '''\n", after=b"'''\n"),
    "heads": _filled(b"n|page|x\n", before=b"steps = '''\n", after=b"'''\n"),
    "dashes": _filled(b"-", before=b"steps = '''\n", after=b"x\n'''\n"),
    "rows in brackets": _filled(b'{n=1,result="f"},', before=b"steps = [", after=b"]\n"),
    "rows in loose brackets": _filled(b"{n=1 result=f} ", before=b"steps = [", after=b"]\n"),
    "unclosed triples": _filled(b"a='''\n"),
    "unclosed triples of both kinds": _filled(b"a='''\nb=\"\"\"\n"),
    "quotes": _filled(b"'", before=b"a = ", after=b"\n"),
    "double quotes": _filled(b'"', before=b"a = ", after=b"\n"),
    "curly quotes": _filled("“".encode(), before=b"a = ", after=b"\n"),
    "backslashes": _filled(b"\\", before=b'a = "', after=b'"\n'),
    "escaped quotes": _filled(b'\\"', before=b"a = x", after=b"\n"),
    "escaped triple quotes": _filled(b'\\"""', before=b'a = """', after=b"\n"),
    "escapes": _filled(b"\\u0041", before=b'a = "', after=b'"\n'),
    "quote after quote": _filled(b'"x" ', before=b"a = ", after=b"\n"),
    "quotes in brackets": _filled(b'"\\"', before=b"a = [", after=b"\n"),
    "combining marks": _filled("\u0315\u0300".encode(), before=b'faults = "a', after=b'"\n'),
    "combining marks in a grid": _filled("\u0315\u0300".encode(), b"steps = '''\n1 | ", b"\n'''\n"),
    "combining marks in a key": _filled("\u0315\u0300".encode(), before=b"a", after=b" = 1\n"),
    "combining marks without quotes": _filled("\u0315\u0300".encode(), before=b"a = a", after=b"\n"),
    "letters that grow": _filled("\ufdfa".encode(), before=b'faults = "', after=b'"\n'),
    "grids without quotes": _filled(b"a =\n1|2\n"),
    "half headers": _filled(b"[q1\n"),
    "colons": _filled(b"a:\n"),
    "equals signs": _filled(b"=", before=b"a "),
    "equals signs with blanks": _filled(b"= ", before=b"a ", after=b"#\n"),
    "hashes": _filled(b" #", before=b"a = x"),
    "brackets of both kinds": _filled(b"[{", before=b"a = "),
    "zeros": lambda: b"\0" * LIMIT,
    "ones": lambda: b"\xff" * LIMIT,
    "UTF-16": lambda: ("\ufeff" + HEAD.decode() + "a=1\n" * 30_000).encode("utf-16-le"),
    "Latin-1": _filled(b"\xe9", before=b'a = "', after=b'"\n'),
    "escape characters": _filled(b"\x1b", before=b"a = 1\n"),
    "larger than a sheet": lambda: HEAD + b"#" * LIMIT,
}  # fmt: skip
