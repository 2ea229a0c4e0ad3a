"""A study on disk: what was asked, and the outcome of every parameter set, each written once and for good.

One SQLite file. A sweep that was killed reads what is there and does only the rest; what belongs to another question
(other data, another strategy, other parameters) is refused.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from hoga.model.errors import HogaError

SCHEMA = 1


class StudyError(HogaError):
    """The study cannot be used: it belongs to another question, is in use, or is no study."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What one parameter set came to. `values` has one number for each objective, None where it cannot be said.

    `figures` are for people: return, drawdown, round trips and the like. `problem` is why there was no result.
    """

    params: Mapping[str, str]
    values: tuple[float | None, ...]
    figures: Mapping[str, float | int | None] = {}
    problem: str = ""
    wall_s: float = 0.0

    @property
    def is_known(self) -> bool:
        """Tell whether every objective has a value."""
        return not self.problem and all(value is not None for value in self.values)


class Study:
    """Outcomes by parameter set. Only one sweep at a time may write to it."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self.path = path

    @classmethod
    def open(cls, path: Path, question: Mapping[str, object]) -> Self:
        """Open or make the study for a question; `StudyError` when it is another one's or somebody else's now."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = msgspec.json.encode(question, order="deterministic").decode()
        try:
            database = _locked(path)
            database.execute("CREATE TABLE IF NOT EXISTS question (schema INTEGER, text TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS outcome (params TEXT PRIMARY KEY, outcome TEXT NOT NULL)")
            known = database.execute("SELECT schema, text FROM question").fetchone()
            if known is None:
                database.execute("INSERT INTO question VALUES (?, ?)", (SCHEMA, text))
                database.commit()
        except sqlite3.DatabaseError as error:
            raise StudyError(
                f"{path} cannot be used as a study: {error}. Another sweep may be at work on it."
            ) from None
        if known is not None and known != (SCHEMA, text):
            raise StudyError(f"{path} holds another question: {_difference(known[1], text)}. Name another --study.")
        return cls(database, path)

    def known(self) -> dict[str, Outcome]:
        """Every outcome there is, by the key of its parameters."""
        rows = self._database.execute("SELECT params, outcome FROM outcome")
        return {key: msgspec.json.decode(text, type=Outcome) for key, text in rows}

    def add(self, outcome: Outcome) -> bool:
        """Write one outcome down, durably; False when that set is there already and nothing was changed."""
        text = msgspec.json.encode(outcome).decode()
        done = self._database.execute("INSERT OR IGNORE INTO outcome VALUES (?, ?)", (key_of(outcome.params), text))
        self._database.commit()
        return done.rowcount == 1

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def read_study(path: Path) -> tuple[dict[str, object], list[Outcome]]:
    """What a study asked and found, without touching it; `StudyError` when it is none."""
    if not path.is_file():
        raise StudyError(f"There is no study {path}.")
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=2)
    try:
        row = database.execute("SELECT text FROM question").fetchone()
        rows = database.execute("SELECT outcome FROM outcome ORDER BY rowid").fetchall()
    except sqlite3.DatabaseError as error:
        raise StudyError(f"{path} is no study, or is at work: {error}.") from None
    finally:
        database.close()
    if row is None:
        raise StudyError(f"{path} holds no question.")
    return msgspec.json.decode(row[0], type=dict[str, object]), [
        msgspec.json.decode(text, type=Outcome) for (text,) in rows
    ]


def key_of(params: Mapping[str, str]) -> str:
    """The same text for the same parameters, whatever their order."""
    return msgspec.json.encode(dict(params), order="deterministic").decode()


def _locked(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=0.5)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("BEGIN EXCLUSIVE")
    database.commit()
    return database


def _difference(known: str, asked: str) -> str:
    before, now = (msgspec.json.decode(text, type=dict[str, object]) for text in (known, asked))
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return "; ".join(f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in names) or "another version"
