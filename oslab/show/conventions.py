"""The conventions in force, as sentences from a plugin's words."""

from __future__ import annotations

from collections.abc import Mapping

from oslab.text import Words, in_key, text_of


def conventions(values: Mapping[str, object], words: Words) -> list[str]:
    """A sentence for each convention; one without words is shown as it is.

    ``[conventions]`` has a sentence for a name and a value, ``"r-on-load=true"``, or for a name, with
    `$value` in it.
    """
    sentences = []
    for name, value in values.items():
        text = words.get("conventions", f"{name}={in_key(value)}") or words.get("conventions", name)
        shown = words.label("choices", value) if isinstance(value, str) else value
        sentences.append(text(value=shown) if text else f"{name} = {text_of(value)}")
    return sentences


def is_convention(name: str, words: Words) -> bool:
    """Whether a field of a configuration is a convention: there is a sentence for it."""
    return any(key.partition("=")[0] == name for key in words.sections.get("conventions", {}))
