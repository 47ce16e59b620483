"""Where a new gradebook.db is built: beside the old one, for one process at a time; or aside.

Results are kept there as they come, so that a run that was ended is taken up by the next.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from errno import EACCES, EPERM, EROFS
from pathlib import Path
from tempfile import TemporaryDirectory

from oslab.errors import InputError

NAME = "gradebook.db"
_RESULTS = (
    "CREATE TABLE results (assignment TEXT, owner TEXT, sheet TEXT, basis TEXT, refused TEXT, "
    "settled INTEGER, body TEXT, PRIMARY KEY (assignment, owner, sheet))"
)


@dataclass(frozen=True)
class Workplace:
    """A folder to build in, and the results there are so far.

    aside   the folder, where it is not the course's: the new index then is for this process only, and
            gone with it
    """

    folder: Path
    results: sqlite3.Connection
    aside: TemporaryDirectory[str] | None = None

    @property
    def made(self) -> Path:
        """The new index, until it is whole."""
        return self.folder / f"{NAME}-new"

    def install(self) -> Path:
        """Put the new index in the old one's place, in one step. Returns where it is now."""
        if self.aside:
            return self.made
        try:
            os.replace(self.made, self.folder / NAME)
        except OSError as error:
            raise InputError(f"cannot write {self.folder / NAME}: {error.strerror}") from None
        # While it is still ours; Windows removes no open file.
        with suppress(OSError):
            _file(self.folder).unlink()
        self.results.close()
        if os.name == "nt":
            with suppress(OSError):
                _file(self.folder).unlink()
        return self.folder / NAME


def workplace(folder: Path, anew: bool, say: Callable[[str], None]) -> Workplace:
    """A place to build in. `anew`: nothing that is there already is used.

    Raises InputError where there is none (a full disk).
    """
    try:
        return Workplace(folder, _results(_file(folder), anew))
    except _Busy:
        say("another oslab is at work in this course; this gradebook is for one command only")
    except OSError as error:
        if error.errno not in (EACCES, EPERM, EROFS):
            raise InputError(f"cannot write in {folder}: {error.strerror}") from None
        say(f"{folder} cannot be written; this gradebook is for one command only")
    except sqlite3.Error as error:
        raise InputError(f"cannot write in {folder}: {error}") from None
    aside = TemporaryDirectory(prefix="oslab-", ignore_cleanup_errors=True)
    return Workplace(Path(aside.name), _results(_file(Path(aside.name)), anew), aside)


def remove_abandoned(folder: Path) -> None:
    """Remove what a run has left that was ended, where nobody needs it any more; not of one at work."""
    if not _file(folder).exists():
        return
    with suppress(_Busy, OSError, sqlite3.Error):
        place = Workplace(folder, _results(_file(folder), anew=True))
        with closing(place.results):
            place.made.unlink(missing_ok=True)
            _file(folder).unlink()


class _Busy(Exception):
    """Another process has the file."""


class _Strange(Exception):
    """The file holds something else."""


def _file(folder: Path) -> Path:
    return folder / f"{NAME}-work"


def _results(file: Path, anew: bool) -> sqlite3.Connection:
    """The results there are so far, for this process alone."""
    try:
        return _locked(file, anew)
    except _Strange:
        pass
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise
    # Torn by a power cut, or a stranger's: nobody needs it.
    file.unlink(missing_ok=True)
    return _locked(file, anew)


def _locked(file: Path, anew: bool) -> sqlite3.Connection:
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    mine = file.stat().st_ino
    db = sqlite3.connect(file, isolation_level=None, timeout=0)
    try:
        db.executescript("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF; BEGIN EXCLUSIVE;")
        tables = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")]
        if not tables:
            db.execute(_RESULTS)
        elif tables != [_RESULTS]:
            raise _Strange
        if anew:
            db.execute("DELETE FROM results")
        db.execute("COMMIT")
        # Whoever had it may have finished, and removed it, while we waited.
        if not file.exists() or file.stat().st_ino != mine:
            raise _Busy
    except sqlite3.OperationalError as error:
        db.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise _Busy from None
        raise
    except BaseException:
        db.close()
        raise
    return db
