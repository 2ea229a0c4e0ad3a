"""The live view of a bot in the terminal: markets, own orders, money, decisions and the health of every part."""

import asyncio
import sys
import time
from collections import deque
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hoga.model.commands import Side
from hoga.model.money import ZERO, plain
from hoga.model.orders import Order
from hoga.run.desk import Desk
from hoga.run.screen.report import feed_total, profit
from hoga.run.screen.texts import Texts
from hoga.run.settings.config import Settings, Venue
from hoga.run.settings.durations import kst
from hoga.run.wiring import figure, signed_won, won

REDRAW_S = 0.25
LINE_EVERY_S = 5.0
ROWS = 10  # of orders, decisions and book depths on the screen

#: Korean exchanges paint what rises red and what falls blue.
COLOURS = {Side.BUY: "red", Side.SELL: "blue"}

#: What stands at the head of the screen: is this money?
BADGES = {
    Venue.UPBIT: (" LIVE ", "bold white on red"),
    Venue.PAPER: (" PAPER ", "black on bright_yellow"),
    Venue.SIMULATOR: (" SIM ", "black on grey70"),
}


def say(text: str) -> None:
    """One line for the person at the terminal; what a machine reads goes elsewhere."""
    print(text, file=sys.stderr, flush=True)


async def watch(desk: Desk, settings: Settings, *, run_for_s: float | None, live: bool) -> None:
    """Draw until cancelled: a live screen on a terminal, a line now and then elsewhere."""
    console = Console(stderr=True)
    if live and console.is_terminal:
        await _draw(desk, settings, console, run_for_s)
        return
    while True:
        await asyncio.sleep(min(LINE_EVERY_S, 1.0) if not desk.brain.ready else LINE_EVERY_S)
        say(line(desk))


def line(desk: Desk) -> str:
    """Where the bot stands, in one line."""
    brain, told = desk.brain, desk.brain.summary()
    clock = kst(desk.clock_ns())
    if not brain.ready:
        return f"{clock} KST  {brain.reason}"
    prices = "  ".join(f"{code} {_price(desk, code)}" for code in brain.markets)
    paper = "PAPER  " if brain.money.account == Venue.PAPER else ""
    return (
        f"{clock} KST  {paper}{prices}  equity {won(told.equity)} ({signed_won(profit(told))})  "
        f"orders {told.orders}  fills {told.fills}  open {len(brain.open_orders)}"
    )


async def _draw(desk: Desk, settings: Settings, console: Console, run_for_s: float | None) -> None:
    recent: deque[str] = deque(maxlen=ROWS)
    desk.on_note = recent.append
    words = Texts(settings.language)
    with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as screen:
        while True:
            screen.update(_screen(desk, settings, words, recent, run_for_s), refresh=True)
            await asyncio.sleep(REDRAW_S)


def _screen(
    desk: Desk, settings: Settings, words: Texts, recent: deque[str], run_for_s: float | None
) -> RenderableType:
    page = Layout()
    page.split_column(
        Layout(_header(desk, settings, words, run_for_s), size=3),
        Layout(name="middle"),
        Layout(Panel(Text("\n".join(recent), overflow="ellipsis"), title=words("decisions")), size=ROWS + 2),
        Layout(_health(desk, words), size=4),
    )
    page["middle"].split_row(Layout(_book(desk, words), ratio=2), Layout(_right(desk, words), ratio=3))
    return page


def _header(desk: Desk, settings: Settings, words: Texts, run_for_s: float | None) -> Panel:
    now_ns = desk.clock_ns()
    elapsed_s = (now_ns - desk.started_ns) / 1e9
    told = desk.brain.summary()
    badge = Text(*BADGES[settings.venue])
    state = words("trading") if desk.brain.ready else desk.brain.reason
    left = f"{elapsed_s:.0f} / {run_for_s:.0f} s" if run_for_s else f"{elapsed_s:.0f} s"
    gain = _coloured(signed_won(profit(told)), profit(told))
    text = Text.assemble(
        badge,
        f"  {settings.trade.strategy}  {kst(now_ns)} KST  {left}  ",
        (state, "green" if desk.brain.ready else "yellow"),
        f"   {words('equity')} {won(told.equity)}  ",
        gain,
    )
    return Panel(text, title="hoga 호가")


def _book(desk: Desk, words: Texts) -> Panel:
    tables: list[RenderableType] = []
    for code in desk.brain.markets[:2]:
        book = desk.brain.orderbook(code)
        table = Table.grid(expand=True)
        for _ in range(3):
            table.add_column(justify="right")
        tables += [Text(f"{code}  {_price(desk, code)}", "bold"), table]
        if book is None:
            continue
        depth = ROWS // (2 * min(2, len(desk.brain.markets)))
        for price, size in reversed(book.asks[:depth]):
            table.add_row(plain(size), Text(figure(price), "blue"), "")
        for price, size in book.bids[:depth]:
            table.add_row("", Text(figure(price), "red"), plain(size))
    return Panel(Group(*tables), title=words("order book"))


def _right(desk: Desk, words: Texts) -> Group:
    return Group(_money(desk, words), _orders(desk, words))


def _money(desk: Desk, words: Texts) -> Panel:
    told = desk.brain.summary()
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_row(words("orders"), str(told.orders), words("fills"), str(told.fills))
    table.add_row(words("fees"), won(told.fees), words("realised"), _coloured(signed_won(told.realised), told.realised))
    table.add_row(
        words("cash"),
        won(desk.brain.portfolio.cash()),
        words("unrealised"),
        _coloured(signed_won(told.unrealised), told.unrealised),
    )
    return Panel(table, title=words("money"))


def _orders(desk: Desk, words: Texts) -> Panel:
    table = Table(expand=True, box=None)
    for name in ("order", "side", "price", "volume", "filled", "state"):
        table.add_column(words(name))
    newest = sorted(desk.brain.orders.values(), key=lambda order: order.created_ns)[-ROWS:]
    for order in reversed(newest):
        table.add_row(*_order_cells(order))
    return Panel(table, title=words("own orders"))


def _order_cells(order: Order) -> tuple[RenderableType, ...]:
    asked = order.intent.volume if order.intent.volume is not None else order.intent.spend
    return (
        order.order_id.rpartition("-")[2],
        Text(order.side.value, COLOURS[order.side]),
        figure(order.price) if order.price is not None else "market",
        plain(asked or ZERO),
        plain(order.filled_volume),
        order.state.value,
    )


def _health(desk: Desk, words: Texts) -> Panel:
    sent = desk.actuator.counters
    groups = "  ".join(
        f"{row.group} {row.out}/{row.budget}"
        for row in desk.limiter.state(time.monotonic())
        if row.group in {"order", "default"}
    )
    text = (
        f"{words('frames')} {feed_total(desk, 'frames'):,}  {words('broken')} {feed_total(desk, 'broken')}"
        f"  {words('reconnects')} {feed_total(desk, 'reconnects')}"
        f"   {words('requests')} {sent.requests:,}  429 {sent.refused_429}  {words('lost')} {sent.lost}"
        f"   {words('limits')} {groups}   {words('differences')} {desk.brain.summary().differences}"
    )
    return Panel(text, title=words("health"))


def _price(desk: Desk, code: str) -> str:
    price = desk.brain.last_price(code)
    return "-" if price is None else figure(price)


def _coloured(text: str, value: Decimal) -> Text:
    return Text(text, "red" if value > 0 else "blue" if value < 0 else "")
