"""`hoga data record` and `hoga data compact`: the live feed onto a tape, and tapes into the store."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from hoga.model.errors import ConfigError
from hoga.research.commands.told import Json, StoreFolder, as_json, count, size, store_of
from hoga.research.data.asker import now_ms
from hoga.research.data.compacting import compact as compact_tapes
from hoga.research.data.layout import checked_code
from hoga.research.data.recorder import Recorded, record as record_tape
from hoga.research.data.units import MINUTE_S, unit_of

URLS = {"upbit": "wss://api.upbit.com/websocket/v1", "simulator": "ws://127.0.0.1:8700/websocket/v1"}
STREAMS = ("trade", "orderbook", "ticker", "candle.1s", "candle.1m")
LINE_EVERY_S = 5.0
_LENGTH = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def record(
    *markets: str,
    streams: str = "trade,orderbook",
    for_: Annotated[str | None, Parameter(name="--for")] = None,
    venue: Literal["upbit", "simulator"] = "upbit",
    websocket_url: str | None = None,
    tape: Path | None = None,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Record the live feed of some markets until stopped with Ctrl-C; `hoga data compact` makes prices of it.

    Args:
        markets: Market codes, e.g. KRW-BTC.
        streams: What to record, with commas between: trade, orderbook, ticker, candle.1s, candle.1m.
        for_: End by itself after this time, e.g. 60s, 1h, 1h30m.
        venue: upbit, or simulator (`hoga simulate` in another terminal).
        websocket_url: Another exchange on this machine.
        tape: Folder of the tape. Default: tapes in the store.
    """
    if not markets:
        raise ConfigError(["Name at least one market, e.g. hoga data record KRW-BTC --for 1h."])
    wanted = [name.strip() for name in streams.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in STREAMS]:
        raise ConfigError([f"There is no stream {', '.join(unknown)}. There are {', '.join(STREAMS)}."])
    codes = [checked_code(market) for market in markets]
    folder = tape or store_of(data) / "tapes"
    view = _View()
    url = websocket_url or URLS[venue]
    try:
        done = asyncio.run(record_tape(url, codes, wanted, folder, for_s=_seconds(for_), told=view.told))
    except KeyboardInterrupt:
        done = view.last or Recorded(directory=str(folder))
    view.end()
    if json:
        as_json(done)
        return 0
    lost = f", the connection was lost {count(done.lost)} times" if done.lost else ""
    told = f"{count(done.frames)} frames, {size(done.bytes)} in {done.seconds:.0f} s{lost}."
    Console().print(f"{told} Next: hoga data compact {done.directory}", highlight=False, soft_wrap=True)
    return 0


def compact(
    *tapes: Path,
    unit: Annotated[list[str] | None, Parameter(name="--unit", negative=())] = None,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Make trades, books and candles of tapes, in the store: every digit kept, what came twice counted once.

    Args:
        tapes: Tapes, or folders of them (of `hoga data record`, and of runs with a tape).
        unit: Length of the candles to make of the trades; repeatable. Default: 1m.
    """
    units = [unit_of(text) for text in unit] if unit else [MINUTE_S]
    done = compact_tapes(store_of(data), tapes, units=units, fetched_ms=now_ms())
    if json:
        as_json(done)
        return 0
    console = Console()
    broken = f", {count(done.broken)} of them broken" if done.broken else ""
    told = f"{count(done.frames)} frames{broken}; {count(done.duplicates)} trades came twice."
    console.print(told, highlight=False)
    for name, kept in done.kept:
        console.print(f"  {name}: {count(kept.added)} new, {count(kept.same)} there already", highlight=False)
    return 0


class _View:
    """One line that is written over on a terminal, a line every few seconds elsewhere."""

    def __init__(self) -> None:
        self.last: Recorded | None = None
        self._told_s = 0.0
        self._is_terminal = sys.stderr.isatty()

    def told(self, done: Recorded) -> None:
        """Show how it goes."""
        self.last = done
        if not self._is_terminal and done.seconds < self._told_s + LINE_EVERY_S:
            return
        self._told_s = done.seconds
        rate = done.frames / max(done.seconds, 0.1)
        line = f"{done.seconds:,.0f} s, {done.frames:,} frames, {rate:,.0f}/s, {size(done.bytes)}"
        sys.stderr.write(f"\r{line}   " if self._is_terminal else line + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._is_terminal and self.last is not None:
            sys.stderr.write("\n")


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = _LENGTH.fullmatch(text)
    if not text or found is None:
        raise ConfigError([f"--for {text}: write it like 60s, 5m or 1h30m."])
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
