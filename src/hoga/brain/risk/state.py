"""What stands against new orders now: pauses, days without buys, halts, and reasons to pull the kill switch.

The desk, the books and the market news tell it what happens; the checks read it. A pause ends by itself, a halt by
a person's `Resume`, a kill by nobody (`brain.risk.killing`).
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hoga.brain.market_view import MarketView
from hoga.brain.notes import figures
from hoga.brain.risk.memory import LONG_S, SECOND_NS, SHORT_S, Moments, Parent, most_coins
from hoga.brain.risk.money import Money
from hoga.model.commands import PlaceOrder
from hoga.model.events import Fill, Pause
from hoga.model.money import ZERO, plain
from hoga.model.recovered import MoneyMemory

if TYPE_CHECKING:
    from hoga.brain.world import World

MINUTE_NS = 60 * SECOND_NS
CANCELS_WINDOW_NS = 10 * MINUTE_NS
EXECUTIONS_WINDOW_NS = 10 * SECOND_NS
#: Refusals over haste within a minute before the strategy is paused.
HASTE_PAUSE = 3
#: Moments kept; a limit beyond it would have to be counted otherwise.
KEPT = 10_000
MAX_PARENTS = 1_000


class RiskState:
    """Everything about risk that outlives one order."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._limits = world.limits
        self.money = Money(world)
        self.sent = Moments(max(KEPT, world.limits.orders_per_day or 0))
        self.parents: dict[str, Parent] = {}
        self.on_halt: Callable[[str], None] | None = None
        self._hasty, self._rejects = Moments(HASTE_PAUSE), Moments(KEPT)
        self._cancels, self._fills = Moments(KEPT), Moments(KEPT)
        self._executions: dict[tuple[str, str], Moments] = {}
        self._pauses: dict[str, tuple[int, str]] = {}
        self._corrected: dict[str, Decimal] = {}
        self._looked_ns = 0
        book_s = self._limits.stale_book_s
        self.trade_ns = int(self._limits.stale_feed_s * SECOND_NS)
        self.book_ns = self.trade_ns if book_s is None else int(book_s * SECOND_NS)

    # ------------------------------------------------ reading

    def why_paused(self, code: str) -> str | None:
        """Why nothing new may leave in a market for now, or None; the empty code stands for all markets."""
        for name in ("", code):
            if (pause := self._pauses.get(name)) is not None:
                if pause[0] > self._world.now_ns:
                    return pause[1]
                del self._pauses[name]
                self._world.note("risk_pause_over", market=name or None)
        return None

    @property
    def size_share(self) -> Decimal:
        """The part of the largest order that is allowed now: small for the first orders and hours on an account."""
        limits, money = self._limits, self.money
        young = self._world.now_ns - money.first_ns < limits.ramp_s * SECOND_NS
        return limits.ramp_share if young or money.orders < limits.ramp_orders else Decimal(1)

    # ------------------------------------------------ hearing

    def take(self, past: Sequence[MoneyMemory]) -> None:
        """Go on from what earlier runs on this account left, their orders of the last day included."""
        known = next((known for known in past if known.account == self.money.account), None)
        if known is not None:
            self.money.take(known)
            for at_ns in known.sent_ns:
                self.sent.add(at_ns)

    def left(self, order: PlaceOrder) -> None:
        """An order passed every check and goes out."""
        self.money.left()
        self.sent.add(self._world.now_ns)
        if parent := self.parents.get(order.parent):
            reference = self._world.views[order.market].reference(self._world.now_ns, self.book_ns, self.trade_ns)
            parent.children[order.order_id] = most_coins(order, reference, self._limits.price_collar) or ZERO

    def refused(self, control: str, order: PlaceOrder, why: str) -> None:
        """A check said no; some of them mean more than one order."""
        now_ns = self._world.now_ns
        if control == "K12":
            self._hasty.add(now_ns)
            if self._hasty.reaches(HASTE_PAUSE, now_ns - MINUTE_NS):
                self._hasty.clear()
                self.pause("", f"refused for haste {HASTE_PAUSE} times within a minute")
        elif control == "K15" and (parent := self.parents.get(order.parent)) and not parent.halted:
            parent.halted = why
            self._world.note("alert", why=f"the plan {order.parent} is halted: {why}", order_id=order.order_id)

    def rejected(self) -> None:
        """The venue said no to an order."""
        now_ns, limits = self._world.now_ns, self._limits
        self._rejects.add(now_ns)
        if self._rejects.reaches(limits.rejects_halt, now_ns - MINUTE_NS):
            self._rejects.clear()
            self.halt(f"the venue rejected {limits.rejects_halt} orders within a minute")
        elif self._rejects.reaches(limits.rejects_pause, now_ns - MINUTE_NS) and not self._pauses.get(""):
            self.pause("", f"the venue rejected {limits.rejects_pause} orders within a minute")

    def cancelled(self) -> None:
        """A cancel goes out."""
        now_ns, most = self._world.now_ns, self._limits.max_cancels_per_fill
        self._cancels.add(now_ns)
        if most is None:
            return
        since_ns = now_ns - CANCELS_WINDOW_NS
        fills = max(self._fills.count(since_ns), 1)
        if most * fills < KEPT and self._cancels.reaches(most * fills + 1, since_ns):
            self._cancels.clear()
            self.pause("", f"more than {most} cancels for a fill within ten minutes")

    def filled(self, fill: Fill, fee: Decimal) -> None:
        """A fill was booked: one execution."""
        now_ns, most = self._world.now_ns, self._limits.max_executions
        self._fills.add(now_ns)
        self.money.filled(fill, fee)
        if most is not None:
            executions = self._executions.setdefault((fill.market, fill.side.value), Moments(KEPT))
            executions.add(now_ns)
            if executions.reaches(most + 1, now_ns - EXECUTIONS_WINDOW_NS):
                executions.clear()
                self.pause(fill.market, f"more than {most} {fill.side} executions within ten seconds")
        self.look(at_once=True)

    def traded(self, view: MarketView, price: Decimal) -> None:
        """The market traded: swings are looked at once a second and the money of the day with them."""
        now_ns, limits = self._world.now_ns, self._limits
        if not view.swings.add(price, now_ns):
            return
        self.judge_swings(view)
        if limits.drift_quarantine or self.money.is_kept:
            self.look()

    def judge_swings(self, view: MarketView) -> None:
        """Pause a market whose price went too far within ten seconds or a minute."""
        limits, now_ns = self._limits, self._world.now_ns
        for window_s, most in ((SHORT_S, limits.swing_10s), (LONG_S, limits.swing_60s)):
            if most is None or view.code in self._pauses:
                continue
            if (swing := view.swings.widest(window_s, now_ns)) > most:
                self.pause(view.code, f"{figures(swing=swing)} within {window_s} s, allowed {plain(most)}")

    def look(self, *, at_once: bool = False) -> None:
        """Judge the money of the day and corrections of our books; at most once a second unless told."""
        world = self._world
        if not world.gate.is_open or (not at_once and world.now_ns - self._looked_ns < SECOND_NS):
            return
        self._looked_ns = world.now_ns
        self._judge_drift()
        self.money.look()

    # ------------------------------------------------ acting

    def pause(self, code: str, why: str) -> None:
        """Nothing new in a market (in all, without a code) for a while."""
        until_ns = self._world.now_ns + int(self._limits.pause_s * SECOND_NS)
        self._pauses[code] = until_ns, why
        self._world.note("risk_pause", market=code or None, why=why, for_s=self._limits.pause_s)

    def halt(self, why: str) -> None:
        """Nothing new until a person says so, and what is open is cancelled."""
        self._world.note("risk_halt", why=why)
        self._world.paused = self._world.paused or why
        if self.on_halt is not None:
            self.on_halt(why)

    def on_pause(self, event: Pause) -> None:
        """Somebody outside says: nothing new for now."""
        self._world.paused = event.reason or "by the operator"
        self._world.note("paused", reason=self._world.paused)
        if event.cancel and self.on_halt is not None:
            self.on_halt(self._world.paused)

    def resumed(self) -> None:
        """A person has looked: pauses are over."""
        self._pauses.clear()

    def plan(self, name: str, market: str, side: str, volume: Decimal) -> None:
        """A larger plan begins, of which orders will be parts; a name means one plan for ever."""
        if name and name not in self.parents and len(self.parents) < MAX_PARENTS:
            self.parents[name] = Parent(market, side, volume)

    # ------------------------------------------------ judging

    def _judge_drift(self) -> None:
        portfolio, limits = self._world.portfolio, self._limits
        if portfolio.adjustments == self._corrected:
            return
        for currency, total in portfolio.adjustments.items():
            change = total - self._corrected.get(currency, ZERO)
            view = self._world.views.get(f"KRW-{currency}")
            if not change or (currency == "KRW" and change > 0):
                continue  # a deposit of money hurts nobody
            if limits.drift_quarantine and view is not None:
                self.pause(view.code, f"our books were off by {plain(change)} {currency}")
            worth = abs(change) if currency == "KRW" else abs(change) * ((view.mark if view else None) or ZERO)
            if limits.drift_halt is not None and worth > limits.drift_halt * portfolio.equity():
                self.halt(f"our books were off by {plain(change)} {currency}: {figures(worth=worth)} KRW")
        self._corrected = dict(portfolio.adjustments)
