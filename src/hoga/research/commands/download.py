"""`hoga data download`: the venue's past into the store, with a bar that tells how long it will take."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Protocol

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from hoga.model.errors import ConfigError
from hoga.research.commands.told import Json, StoreFolder, as_json, count, kst, store_of
from hoga.research.data.asker import Asker, now_ms
from hoga.research.data.downloading import (
    Downloaded,
    download_candles,
    download_trades,
    last_settled_ms,
    todo,
)
from hoga.research.data.layout import checked_code
from hoga.research.data.units import DAY_S, MINUTE_S, name_of, unit_of
from hoga.research.engine.moments import range_ms

REST_URLS = {"upbit": "https://api.upbit.com", "simulator": "http://127.0.0.1:8700"}
#: Where nobody says since when: a day of what is plenty, a month of the rest, a year of days.
DAYS = {0: 1, 1: 1, DAY_S: 365}
ORDINARY_DAYS = 30
#: Where there is no terminal, a line this often.
LINE_EVERY_S = 5.0


class View(Protocol):
    """Hears how far a download has come."""

    def begin(self, name: str, total_ms: int) -> None:
        """A series begins; so much time is missing."""
        ...

    def told(self, market: str, rows: int, done_ms: int) -> None:
        """A page came."""
        ...


def download(
    *markets: str,
    unit: Annotated[list[str] | None, Parameter(name="--unit", negative=())] = None,
    trades: Annotated[bool, Parameter(negative=())] = False,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    venue: Literal["upbit", "simulator"] = "upbit",
    rest_url: str | None = None,
    data: StoreFolder = None,
    json: Json = False,
) -> int:
    """Bring candles (or trades, up to seven days back) of the exchange into the store; start again to go on.

    Args:
        markets: Market codes, e.g. KRW-BTC.
        unit: Length of a candle: 1s, 1m, 3m … 240m, 1d, 1w, 1month, 1year; repeatable. Default: 1m.
        trades: Single trades instead of candles.
        from_: First day, e.g. 2025-09-01 (KST). Default: a month before the end.
        to: The day after the last one. Default: now.
        venue: upbit, or simulator (`hoga simulate` in another terminal).
        rest_url: Another exchange on this machine.
    """
    if not markets:
        raise ConfigError(["Name at least one market, e.g. hoga data download KRW-BTC --unit 1m."])
    codes = tuple(dict.fromkeys(checked_code(market) for market in markets))
    units = [0] if trades else list(dict.fromkeys(unit_of(text) for text in unit or ["1m"]))
    if trades and unit:
        raise ConfigError(["Trades have no --unit. Download candles and trades one after the other."])
    begin_ms, end_ms = range_ms(from_, to, now_ms())
    url = rest_url or REST_URLS[venue]
    with _view() as view:
        found = asyncio.run(_download(url, store_of(data), codes, units, begin_ms, end_ms, view))
    if json:
        as_json([_facts(each) for each in found])
        return 0
    for each in found:
        _show(each, url)
    return 0


async def _download(
    url: str,
    store: Path,
    codes: tuple[str, ...],
    units: Sequence[int],
    begin_ms: int | None,
    end_ms: int | None,
    view: View,
) -> list[Downloaded]:
    found = []
    async with Asker(url) as venue:
        await venue.check_markets(codes)
        for code in codes:
            for unit_s in units:
                until_ms = min(end_ms or now_ms(), now_ms())
                since_ms = begin_ms
                if since_ms is None:
                    since_ms = until_ms - DAYS.get(unit_s, ORDINARY_DAYS) * DAY_S * 1000
                if not unit_s:
                    view.begin(f"{code} trades", until_ms - since_ms)
                    found.append(await download_trades(venue, store, code, since_ms, until_ms, view.told))
                    continue
                until_ms = min(until_ms, last_settled_ms(now_ms(), unit_s))
                spans = todo(store, code, unit_s, since_ms, until_ms) if since_ms < until_ms else ()
                view.begin(f"{code} {name_of(unit_s)}", sum(span.end_ms - span.begin_ms for span in spans))
                found.append(await download_candles(venue, store, code, unit_s, since_ms, until_ms, view.told))
    return found


@contextmanager
def _view() -> Iterator[View]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)


class _Bar:
    """The bar on a terminal."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._rows = 0
        self._since_s = time.monotonic()
        self._task = bar.add_task("", total=None, rows=0, rate=0.0)

    def begin(self, name: str, total_ms: int) -> None:
        self._rows, self._since_s = 0, time.monotonic()
        self._bar.reset(self._task, description=name, total=max(total_ms, 1), rows=0, rate=0.0)

    def told(self, market: str, rows: int, done_ms: int) -> None:
        del market
        self._rows += rows
        rate = self._rows / max(time.monotonic() - self._since_s, 0.1)
        self._bar.update(self._task, advance=done_ms, rows=self._rows, rate=rate)


class _Lines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self._name, self._total_ms, self._done_ms, self._rows = "", 1, 0, 0
        self._since_s = self._told_s = time.monotonic()

    def begin(self, name: str, total_ms: int) -> None:
        self._name, self._total_ms, self._done_ms, self._rows = name, max(total_ms, 1), 0, 0
        self._since_s = self._told_s = time.monotonic()

    def told(self, market: str, rows: int, done_ms: int) -> None:
        del market
        self._rows += rows
        self._done_ms += done_ms
        now_s = time.monotonic()
        if now_s < self._told_s + LINE_EVERY_S:
            return
        self._told_s = now_s
        share = min(1.0, self._done_ms / self._total_ms)
        rate = self._rows / (now_s - self._since_s)
        left_s = (now_s - self._since_s) * (1 - share) / share if share else 0.0
        line = f"{self._name}: {share:.0%}, {self._rows:,} rows, {rate:,.0f}/s, {left_s / MINUTE_S:.1f} min left\n"
        sys.stderr.write(line)


def _facts(done: Downloaded) -> dict[str, object]:
    return {
        "market": done.market,
        "kind": "candles" if done.unit_s else "trades",
        "unit": name_of(done.unit_s) if done.unit_s else "",
        "since_ms": done.since_ms,
        "until_ms": done.until_ms,
        "added": done.kept.added,
        "replaced": done.kept.replaced,
        "requests": done.requests,
    }


def _show(done: Downloaded, url: str) -> None:
    console = Console()
    what = f"{done.market} {name_of(done.unit_s)}" if done.unit_s else f"{done.market} trades"
    if done.since_ms >= done.until_ms:
        told = f"{what}: {url} knows nothing of that time."
    else:
        told = (
            f"{what}: complete from {kst(done.since_ms)} to {kst(done.until_ms)} KST,"
            f" {count(done.kept.added)} new rows, {count(done.requests)} questions"
        )
    console.print(told, highlight=False, soft_wrap=True)
