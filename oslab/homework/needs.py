"""What an assignment needs that is not here: plugins, and the versions of the problem types it was drawn
with. The command lines are printed, never run, and never hold an address."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from oslab import __version__
from oslab.allowed import course_file, requirement
from oslab.errors import InputError
from oslab.exercise.catalogue import Exercise, bind
from oslab.homework.classfile import ClassFile, ClassQuestion
from oslab.plugins import environment, plugins
from oslab.wordfiles import words_of


def exercises(content: ClassFile) -> Sequence[Exercise]:
    """The exercises of a class file, in order, each bound to its problem type.

    Raises InputError naming everything that has to be installed first, and PluginError for a plugin that
    cannot be loaded.
    """
    need_plugins(content)
    found, faults = [], []
    for question in content.questions:
        exercise = bind(question.exercise, question.entry)
        if exercise.problem.version != question.version:
            faults.append(_other_version(content, question, exercise))
        found.append(exercise)
    if faults:
        raise InputError("\n".join(faults))
    return found


def need_plugins(content: ClassFile) -> None:
    """Raises InputError with a line for each plugin that is missing: the command that installs it."""
    absent = missing(content)
    if absent:
        raise InputError("\n".join(_how_to_get(content, text) for text in absent))


def _how_to_get(content: ClassFile, text: str) -> str:
    """What to do about a plugin that is missing; one may be here, left out by a course.toml above."""
    words, wanted = words_of("oslab"), _short(text)
    for left_out in plugins().strange:
        if _short_name(left_out.origin.partition(" ")[0]) == wanted:
            values = {"name": content.name, "plugin": left_out.origin, "file": course_file()}
            return words["homework", "needs-plugin-here"](values)
    return words["homework", "needs-plugin"](name=content.name, command=_install(text))


def missing(content: ClassFile) -> Sequence[str]:
    """The requirements of a class file that nothing here meets, of those that its problem types need."""
    loaded = plugins().loaded.values()
    known = {p.name for plugin in loaded for p in plugin.problems}
    wanted = {q.problem.partition(".")[0] for q in content.questions if q.problem not in known}
    if not wanted:
        return ()
    unmet = [text for text in content.plugins if not _met(text)]
    # A plugin buddy is usually in oslab-buddy; where the names say nothing, all may be needed.
    named = [text for text in unmet if _short(text) in wanted]
    return named or unmet


def _met(text: str) -> bool:
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    wanted = requirement(text)
    for plugin in plugins().loaded.values():
        if canonicalize_name(plugin.distribution) == canonicalize_name(wanted.name):
            try:
                return wanted.specifier.contains(Version(plugin.version), prereleases=True)
            except InvalidVersion:
                return False
    return False


def _short(text: str) -> str:
    return _short_name(requirement(text).name)


def _short_name(distribution: str) -> str:
    return distribution.lower().replace("_", "-").removeprefix("oslab-")


def _other_version(content: ClassFile, question: ClassQuestion, exercise: Exercise) -> str:
    """What is said of a problem type of another version than the class file's."""
    topic = question.problem.partition(".")[0]
    plugin = plugins().loaded[topic]
    command = ""
    if plugin.distribution == "oslab":
        if content.oslab != __version__:
            command = _install_oslab(content.oslab)
    else:
        command = next((_install(text) for text in content.plugins if _short(text) == topic), "")
    words = words_of("oslab")["homework", "other-version" if command else "other-version-ask"]
    made = f"{question.problem} {question.version}"
    return words(
        name=content.name,
        question=question.name,
        made=made,
        have=exercise.problem.version,
        command=command,
    )


def _install(text: str) -> str:
    # Double quotes: < and > redirect in every shell, and cmd knows no other quotes.
    return f'{shlex.join(environment())} "{text.replace(" ", "")}"'


def _install_oslab(version: str) -> str:
    """The command line for another version of oslab itself in this environment."""
    start = environment()
    if start[0] == "uv":
        return f"uv tool install oslab=={version}"
    if start[0] == "pipx":
        return f"pipx install --force oslab=={version}"
    return f"{shlex.join(start)} oslab=={version}"
