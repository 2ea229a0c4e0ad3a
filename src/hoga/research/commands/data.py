"""`hoga data …`: fetch, record, bring in, look through and check recorded prices."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from hoga.model.errors import ConfigError
from hoga.research.commands.told import ClockWord, Json, Markets, StoreFolder, as_json, count, day, kst, size, store_of
from hoga.research.data.importing import Imported, import_file
from hoga.research.data.listing import Listed, list_store
from hoga.research.data.units import name_of, unit_of

#: From this width on, a table tells also the time of day.
WIDE = 110

app = App(name="data", help="Recorded prices: download, record, import, list, verify.")
app.command("hoga.research.commands.verify:verify", name="verify", help="Check recorded prices.")
app.command("hoga.research.commands.tapes:record", name="record", help="Record the live feed onto a tape.")
app.command("hoga.research.commands.tapes:compact", name="compact", help="Make prices of tapes.")
app.command("hoga.research.commands.made_up:synthetic", name="synthetic", help="Make up prices to try things on.")
app.command(
    "hoga.research.commands.download:download", name="download", help="Bring the exchange's past into the store."
)

Unit = Annotated[str | None, Parameter(help="Length of a candle, e.g. 1m, 60m, 1d.")]


@app.command(name="import")
def import_(
    *files: Path,
    market: Markets = None,
    unit: Unit = None,
    clock: ClockWord = None,
    replace: Annotated[bool, Parameter(negative=())] = False,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Bring files of candles or trades into the store: CSV, Parquet, JSON; Upbit's names or the usual ones.

    Args:
        files: Files that end in .csv, .parquet, .json or .jsonl, also with .gz.
        replace: Take the new numbers where the store has others.
    """
    if not files:
        raise ConfigError(["Name at least one file to import."])
    unit_s = unit_of(unit) if unit else None
    now_ms = time.time_ns() // 1_000_000
    done = [
        import_file(
            store_of(data), path, fetched_ms=now_ms, markets=market or [], unit_s=unit_s, clock=clock, replace=replace
        )
        for path in files
    ]
    if json:
        as_json([_import_facts(each) for each in done])
        return 0
    for each in done:
        _show_import(each)
    return 0


@app.command(name="list")
def list_(*, data: StoreFolder = None, json: Json = False) -> int:
    """Show what lies in the store."""
    found = list_store(store_of(data))
    if json:
        as_json(found)
        return 0
    console = Console()
    if not found:
        console.print(f"There is nothing in {store_of(data)}. Begin with `hoga data download KRW-BTC --unit 1m`.")
        return 0
    is_wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for name in ("market", "kind", "unit", "from (KST)", "to"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "silent", "holes", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for listed in found:
        table.add_row(*_list_row(listed, is_wide=is_wide))
    console.print(table)
    if any(listed.is_made_up for listed in found):
        console.print("* made up, or of a simulated exchange", highlight=False)
    return 0


def _list_row(listed: Listed, *, is_wide: bool) -> Sequence[str]:
    told = kst if is_wide else day
    return (
        listed.market,
        f"{listed.kind}*" if listed.is_made_up else listed.kind,
        listed.unit,
        told(listed.begin_ms),
        told(listed.end_ms),
        count(listed.rows),
        "" if listed.silent is None else count(listed.silent),
        count(listed.holes),
        size(listed.bytes),
    )


def _import_facts(done: Imported) -> dict[str, object]:
    return {
        "file": done.path,
        "kind": done.kind,
        "unit": name_of(done.unit_s) if done.unit_s else "",
        "clock": done.clock.read,
        "clock_because": done.clock.why,
        "markets": dict(done.kept),
        "warnings": {verdict.market: verdict.warnings for verdict in done.verdicts if verdict.warnings},
    }


def _show_import(done: Imported) -> None:
    console = Console()
    unit = f" of {name_of(done.unit_s)}" if done.unit_s else ""
    console.print(
        f"{done.path}: {count(done.rows)} {done.kind}{unit}. The clock: {done.clock.why}.",
        highlight=False,
        soft_wrap=True,
    )
    for (market, kept), verdict in zip(done.kept, done.verdicts, strict=True):
        span = f"{kst(verdict.first_ms)} to {kst(verdict.last_ms)}"
        parts = [f"{count(kept.added)} new", f"{count(kept.same)} there already"]
        if kept.replaced:
            parts.append(f"{count(kept.replaced)} replaced")
        console.print(f"  {market}  {span}: {', '.join(parts)}", highlight=False, soft_wrap=True)
        for warning in verdict.warnings:
            console.print(f"    {warning}", style="yellow", highlight=False, soft_wrap=True)
