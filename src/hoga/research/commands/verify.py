"""`hoga data verify`: can these prices be relied on, and was the exchange down or only quiet?"""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from hoga.model.errors import ConfigError
from hoga.research.commands.told import ClockWord, Json, Markets, StoreFolder, as_json, count, day, kst, store_of
from hoga.research.data.errors import DataError
from hoga.research.data.verdict import Verdict
from hoga.research.data.verifying import Verified, files_to_verify, is_store, verify_file, verify_store

FAILED = 1
OUTAGES_SHOWN = 20
#: From this width on, a table tells also from when to when.
WIDE = 110


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
        what: A file, a folder of files, or a market of the store; default: all of the store.
    """
    path = Path(what) if what is not None else None
    if path is not None and path.is_dir() and not is_store(path):
        return _verify_folder(path, as_json_=json)
    if path is not None and path.is_dir():
        found = verify_store(path, market[0] if market else None)
    elif path is not None and (path.is_file() or "/" in str(path) or path.suffix):
        found = verify_file(path, markets=market or [], clock=clock)
    else:
        found = verify_store(store_of(data), what or (market[0] if market else None))
    if json:
        as_json({"sound": found.is_sound, **_verify_facts(found)})
    else:
        _show_verified(found)
    return 0 if found.is_sound else FAILED


def _verify_folder(folder: Path, *, as_json_: bool) -> int:
    """Judge every file of somebody's folder by itself; what is no table of prices is passed over, and said."""
    paths = files_to_verify(folder)
    if not paths:
        raise ConfigError([f"There is no file in {folder} that could be verified."])
    told: list[dict[str, object]] = []
    all_sound = True
    for path in paths:
        try:
            found = verify_file(path)
        except DataError as fault:
            told.append({"file": str(path), "passed_over": str(fault)})
        else:
            all_sound = all_sound and found.is_sound
            told.append({"file": str(path), "sound": found.is_sound, **_verify_facts(found)})
            if not as_json_:
                Console().print(path.name, style="bold", highlight=False)
                _show_verified(found)
    if as_json_:
        as_json(told)
    for row in told:
        if "passed_over" in row and not as_json_:
            Console().print(f"Passed over: {row['passed_over']}", style="yellow", highlight=False, soft_wrap=True)
    return 0 if all_sound else FAILED


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
    return {"series": series, "outages": found.outages, "broken": found.broken, "clock": found.clock}


def _show_verified(found: Verified) -> None:
    console = Console()
    is_wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    for name in ("market", "unit", *(("from", "to") if is_wide else ())):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "gaps", "bars", "longest", "outages", "quiet", "holes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for verdict in found.verdicts:
        gaps = verdict.gaps
        numbers = (verdict.rows, gaps.gaps, gaps.bars, gaps.longest, gaps.outages, gaps.quiet, gaps.holes)
        span = (day(verdict.first_ms), day(verdict.last_ms)) if is_wide else ()
        judged = "[red]faulty[/]" if verdict.faults else "sound"
        table.add_row(
            verdict.market, verdict.unit or verdict.kind, *span, *(count(number) for number in numbers), judged
        )
    console.print(table)
    if found.clock:
        console.print(f"The clock: {found.clock}.", highlight=False, soft_wrap=True)
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
