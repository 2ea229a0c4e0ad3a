"""A kill loses nothing even without a sync; a power cut does. So what SQLite was told is looked at itself."""

from pathlib import Path

from hoga.store.journal import Journal


def test_each_commit_waits_for_the_disk_p2(tmp_path: Path):
    journal = Journal.open(tmp_path / "journal.db")

    told = {name: journal._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")}
    journal.close()

    assert told == {"synchronous": 2, "journal_mode": "wal"}  # 2 is FULL (sqlite.org, PRAGMA synchronous)
