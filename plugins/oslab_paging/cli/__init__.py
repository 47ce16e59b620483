"""The commands ``oslab paging …``."""

from oslab import group

app = group("Translation, page tables, page faults, replacement.")

# Each module mounts its commands on `app` when imported.
from oslab_paging.cli import replacement, translation, walks  # noqa: E402

__all__ = ["app", "replacement", "translation", "walks"]
