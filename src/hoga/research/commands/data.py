"""`hoga data …`: fetch, record, bring in, look through and check recorded prices."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from hoga.model.errors import ConfigError
from hoga.research.commands.told import Json, StoreFolder, as_json, count, kst, size, store_of
from hoga.research.data.importing import Imported, import_file
from hoga.research.data.listing import Listed, list_store
from hoga.research.data.units import name_of, unit_of
from hoga.research.data.verdict import Verdict
from hoga.research.data.verifying import Verified, verify_file, verify_store

FAILED = 1
OUTAGES_SHOWN = 20

app = App(name="data", help="Recorded prices: download, record, import, list, verify.")
app.command("hoga.research.commands.tapes:record", name="record", help="Record the live feed onto a tape.")
app.command("hoga.research.commands.tapes:compact", name="compact", help="Make prices of tapes.")
app.command("hoga.research.commands.made_up:synthetic", name="synthetic", help="Make up prices to try things on.")
app.command(
    "hoga.research.commands.download:download", name="download", help="Bring the exchange's past into the store."
)

Markets = Annotated[list[str] | None, Parameter(name=["--market", "-m"], help="Market code; may be repeated.")]
Unit = Annotated[str | None, Parameter(help="Length of a candle, e.g. 1m, 60m, 1d.")]
ClockWord = Annotated[Literal["utc", "kst"] | None, Parameter(help="The clock of the file, where it does not say.")]


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
    table = Table(title=f"{store_of(data)}")
    for name in ("market", "kind", "unit", "from (KST)", "to (KST)"):
        table.add_column(name)
    for name in ("rows", "silent", "holes", "size"):
        table.add_column(name, justify="right")
    for listed in found:
        table.add_row(*_list_row(listed))
    console.print(table)
    return 0


@app.command
def verify(
    what: str | None = None,
    *,
    market: Markets = None,
    clock: ClockWord = None,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Check recorded prices: gaps, duplicates, prices, clocks; outages told apart from quiet minutes.

    Args:
        what: A file, or a market of the store; default: all of the store.
    """
    is_file = what is not None and (Path(what).is_file() or "/" in what or "." in what)
    if what is not None and is_file:
        found = verify_file(Path(what), markets=market or [], clock=clock)
    else:
        found = verify_store(store_of(data), what or (market[0] if market else None))
    if json:
        as_json({"sound": found.is_sound, **_verify_facts(found)})
    else:
        _show_verified(found)
    return 0 if found.is_sound else FAILED


def _list_row(listed: Listed) -> Sequence[str]:
    return (
        listed.market,
        f"{listed.kind} (made up)" if listed.is_made_up else listed.kind,
        listed.unit,
        kst(listed.begin_ms),
        kst(listed.end_ms),
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


def _verify_facts(found: Verified) -> dict[str, object]:
    series = [
        {
            "market": verdict.market,
            "kind": verdict.kind,
            "unit": verdict.unit,
            "rows": verdict.rows,
            "first_ms": verdict.first_ms,
            "last_ms": verdict.last_ms,
            "gaps": verdict.gaps,
            "duplicates": verdict.duplicates,
            "conflicting": verdict.conflicting,
            "off_tick": verdict.off_tick,
            "faults": verdict.faults,
            "warnings": verdict.warnings,
        }
        for verdict in found.verdicts
    ]
    return {"series": series, "outages": found.outages, "broken": found.broken}


def _show_verified(found: Verified) -> None:
    console = Console()
    table = Table(title="Recorded prices")
    for name in ("market", "kind", "unit", "from (KST)", "to (KST)"):
        table.add_column(name)
    for name in ("rows", "gaps", "bars", "longest", "outages", "quiet", "holes"):
        table.add_column(name, justify="right")
    table.add_column("")
    for verdict in found.verdicts:
        gaps = verdict.gaps
        numbers = (verdict.rows, gaps.gaps, gaps.bars, gaps.longest, gaps.outages, gaps.quiet, gaps.holes)
        table.add_row(
            verdict.market,
            verdict.kind,
            verdict.unit,
            kst(verdict.first_ms),
            kst(verdict.last_ms),
            *(count(number) for number in numbers),
            "[red]faulty[/]" if verdict.faults else "sound",
        )
    console.print(table)
    for verdict in found.verdicts:
        _show_remarks(console, verdict)
    for outage in found.outages[:OUTAGES_SHOWN]:
        told = f"{kst(outage.begin_ms)} to {kst(outage.end_ms)}"
        console.print(f"outage: {told}, seen by {', '.join(outage.markets)[:80]}", highlight=False, soft_wrap=True)
    if len(found.outages) > OUTAGES_SHOWN:
        console.print(
            f"and {len(found.outages) - OUTAGES_SHOWN:,} more outages (--json tells all)",
            highlight=False,
            soft_wrap=True,
        )
    for broken in found.broken:
        console.print(broken, style="red", highlight=False, markup=False, soft_wrap=True)


def _show_remarks(console: Console, verdict: Verdict) -> None:
    name = f"{verdict.market} {verdict.unit or verdict.kind}"
    for fault in verdict.faults:
        console.print(f"{name}: {fault}", style="red", highlight=False, markup=False, soft_wrap=True)
    for warning in verdict.warnings:
        console.print(f"{name}: {warning}", style="yellow", highlight=False, markup=False, soft_wrap=True)
