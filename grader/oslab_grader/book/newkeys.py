"""The keys that the plugins as installed compute for what was handed out, as a file beside the record:
``handout/NAME/key-DIGEST.jsonl``. Nothing changes by it until an amendment names it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from oslab.errors import InputError, one_line
from oslab.exercise.frozen import key_to_json, recomputed
from oslab.files import replace_file
from oslab.plugins import blamed, plugins
from oslab_grader.handout.record import HandedQuestion, Record
from oslab_grader.handout.resolve import bind_question


@dataclass(frozen=True)
class NewKeys:
    """The keys of a question as computed now: `differ` of `owners` are not those handed out.

    made_by   the distribution that computes them
    content   the file's
    """

    question: str
    made_by: str
    differ: int
    owners: int
    content: bytes

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()[:16]


def new_keys(record: Record, question: HandedQuestion) -> NewKeys:
    """Compute the keys of a question anew for everybody.

    Raises InputError naming whose key cannot be computed: a plugin that stops, or that does not read
    the recorded parameters any more.
    """
    exercise = bind_question(question)
    lines: list[bytes] = []
    differ = 0
    for share in record.shares():
        frozen = share.questions[question.name]
        try:
            key: Any = key_to_json(recomputed(exercise, frozen))
        except (Exception, SystemExit) as error:  # a stranger's code
            missing = isinstance(error, NotImplementedError)
            raise InputError(
                f"{question.name}: {exercise.version} as installed computes no key for "
                f"{share.owner}: {one_line(str(error)) if missing else blamed(error)}; it was handed "
                f"out with {question.problem}/{question.version} ({question.made_by})"
            ) from None
        differ += key != frozen["key"]
        body = {"owner": share.owner, "questions": {question.name: {"key": key}}}
        text = json.dumps(body, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
        lines.append(text.encode() + b"\n")
    plugin = plugins().loaded.get(question.problem.partition(".")[0])
    made_by = plugin.origin if plugin else exercise.version
    return NewKeys(question.name, made_by, differ, len(lines), b"".join(lines))


def kept_key(record: Record, digest: str, owner: str, question: str) -> Any:
    """An owner's key of a question in a kept file, as JSON. Raises InputError where it is not there."""
    file = record.file.with_name(f"key-{digest}.jsonl")
    try:
        with file.open(encoding="ascii") as stream:
            lines = map(json.loads, stream)
            share = next(line for line in lines if line["owner"] == owner)
        return share["questions"][question]["key"]
    except (OSError, ValueError, LookupError, StopIteration):
        raise InputError(f"{file.name} holds no key of {owner} for {question}") from None


def keep_keys(record: Record, keys: NewKeys) -> str:
    """Write the file; returns its digest. Raises InputError when it cannot be written."""
    file = record.file.with_name(f"key-{keys.digest}.jsonl")
    if not file.exists():
        replace_file(file, keys.content)
    return keys.digest
