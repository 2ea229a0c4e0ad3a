"""`hoga report …`: what was traded, as books."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from hoga.model.errors import ConfigError
from hoga.research.books.sources import book_of_journals
from hoga.research.books.telling import book_as_json, print_book

#: Where a bot keeps its journal when `[journal]` names no other file.
DEFAULT_JOURNAL = Path("var/hoga.journal")

#: No exchange of coins is older, and nobody's plans reach further.
FIRST_YEAR, LAST_YEAR = 2009, 2100

app = App(name="report", help="What was traded: books for you and for the tax office.")


@app.command
def trades(
    *,
    year: int | None = None,
    run: Annotated[list[Path] | None, Parameter(name="--run", negative=())] = None,
    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None,
    csv: Path | None = None,
    xlsx: Path | None = None,
    lang: Literal["ko", "en"] = "ko",
    json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> int:
    """Every fill with its fee, what its coins had cost (moving average and FIFO), and what sales gained.

    Args:
        year: The KST year; default: all. Costs are looked up in all years.
        run: A journal, or what `hoga journal export` wrote; may be repeated. Default: the one of [journal].
        config: Default: hoga.toml, where there is one.
        csv: Write every fill to this file (UTF-8, opens in Excel).
        xlsx: Write a workbook: summary, fills, lots.
        lang: Language of table and files: ko or en.
        json: Machine-readable output.
    """
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        raise ConfigError([f"--year {year}: give a year between {FIRST_YEAR} and {LAST_YEAR}."])
    book = book_of_journals(run or [_configured(config)])
    if csv is not None or xlsx is not None:
        from hoga.research.books.writing import write_csv, write_xlsx  # noqa: PLC0415 - the table alone needs no XLSX

        if csv is not None:
            write_csv(book, csv, year, lang)
        if xlsx is not None:
            write_xlsx(book, xlsx, year, lang)
    if json:
        sys.stdout.write(book_as_json(book, year) + "\n")
    else:
        print_book(book, year, lang)
    return 0


def _configured(config: Path | None) -> Path:
    """The journal that the configuration names, as the bot itself would find it."""
    path = config or Path("hoga.toml")
    if config is None and not path.is_file():
        return DEFAULT_JOURNAL
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path} cannot be read: {error}."]) from None
    journal = found.get("journal", {})
    named = journal.get("path") if isinstance(journal, dict) else None
    return Path(named) if isinstance(named, str) else DEFAULT_JOURNAL
