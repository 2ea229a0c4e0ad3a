"""The money of the day and the most that ever was: judged once a second, and kept in mind across runs.

What is owned is compared with the start of the day and with the peak. Money that comes or goes by another hand than
ours (a deposit, a withdrawal, a trade in the app) is neither gain nor loss: start and peak change in the same
proportion, also for what happened while no bot ran. `memory` is what a later run needs; whoever keeps the journal
writes it down when it is another than before.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hoga.brain.notes import figures
from hoga.brain.risk.memory import SECOND_NS, Day
from hoga.model.commands import Side
from hoga.model.events import Fill
from hoga.model.money import ZERO, plain
from hoga.model.recovered import MoneyMemory, Owned

if TYPE_CHECKING:
    from hoga.brain.world import World

LIMITS_OVER_MONEY = ("daily_loss", "daily_loss_kill", "max_drawdown", "max_turnover", "max_fees")

#: A new peak is written down when it is so much above the one on disk, or when that is so old: a crash forgets less.
PEAK_STEP = Decimal("1.001")
PEAK_WITHIN_NS = 10 * SECOND_NS


class Money:
    """What we own against what we owned, on one `account`; `no_buys` has the reasons why this day buys nothing more.

    Whose money it is is told before the start: a run on another account knows nothing of this one.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._codes = tuple(world.views)
        self._limited = any(getattr(world.limits, name) is not None for name in LIMITS_OVER_MONEY)
        self._ramped = bool(world.limits.ramp_s or world.limits.ramp_orders)
        self.account = ""
        self.day = Day()
        self.no_buys: dict[str, str] = {}
        self.on_kill: Callable[[str], None] | None = None
        self.first_ns = world.now_ns
        self.orders = 0
        self.memory: MoneyMemory | None = None
        self._noted_ns = 0
        self._before: dict[str, Owned] | None = None
        self._adjusted: dict[str, Decimal] = {}

    @property
    def is_kept(self) -> bool:
        """Tell whether any limit asks for it."""
        return self._limited or self._ramped

    @property
    def why_blind(self) -> str | None:
        """Why it cannot be told what we own, or None; only where a limit needs it."""
        return None if not self._limited or self._is_priced() else "what we own has no price yet"

    # ------------------------------------------------ hearing

    def take(self, known: MoneyMemory) -> None:
        """Go on from what earlier runs on this account left; before the start."""
        if not self.is_kept:
            return
        self.memory = replace(known, sent_ns=())  # the journal has those by the orders themselves
        self.first_ns, self.orders = known.first_ns, known.orders
        self.day.resume(known)
        self._before = {owned.currency: owned for owned in known.owned}

    def left(self) -> None:
        """An order goes out."""
        self.orders += 1
        if self.orders <= self._world.limits.ramp_orders:
            self._remember(at_once=True)

    def filled(self, fill: Fill, fee: Decimal) -> None:
        """A fill was booked; one of an earlier run, before the ledger is open, moves what that run owned."""
        funds = fill.price * fill.volume
        self.day.trade(funds, fee)
        if self._before is None or self._world.portfolio.is_open:
            return
        quote, _, base = fill.market.partition("-")
        sign = 1 if fill.side is Side.BUY else -1
        for currency, change in ((base, sign * fill.volume), (quote, -sign * funds - fee)):
            was = self._before.get(currency, Owned(currency=currency, volume=ZERO))
            self._before[currency] = Owned(currency=currency, volume=was.volume + change, price=was.price)

    def look(self) -> None:
        """Compare what is owned with what was, and act on the limits; nothing while a coin we hold has no price."""
        if not self.is_kept or not self._is_priced():
            return
        equity, now_ns = self._world.portfolio.equity(), self._world.now_ns
        self._follow_other_hands(equity)
        if self.day.see(equity, now_ns):
            self.no_buys.clear()
        if self._limited:
            self._judge(equity)
        self._remember()

    # ------------------------------------------------ judging

    def _judge(self, equity: Decimal) -> None:
        limits, day = self._world.limits, self.day
        loss, gone, start = day.loss(equity), day.drawdown(equity), day.start or ZERO
        if limits.daily_loss_kill is not None and loss >= limits.daily_loss_kill:
            self._kill(f"{figures(loss_of_the_day=loss)}, allowed {plain(limits.daily_loss_kill)}")
        if limits.max_drawdown is not None and gone >= limits.max_drawdown:
            self._kill(f"{figures(lost_from_the_peak=gone)}, allowed {plain(limits.max_drawdown)}")
        if limits.daily_loss is not None and loss >= limits.daily_loss:
            self._no_buys("loss", f"{figures(loss_of_the_day=loss)}, allowed {plain(limits.daily_loss)}")
        if limits.max_turnover is not None and day.turnover > limits.max_turnover * start:
            self._no_buys("turnover", figures(turnover=day.turnover, allowed=limits.max_turnover * start))
        if limits.max_fees is not None and day.fees > limits.max_fees * start:
            self._no_buys("fees", figures(fees_of_the_day=day.fees, allowed=limits.max_fees * start))

    def _kill(self, why: str) -> None:
        if self.on_kill is not None:
            self.on_kill(why)

    def _no_buys(self, kind: str, why: str) -> None:
        if kind not in self.no_buys:
            self.no_buys[kind] = why
            self._world.note("risk_no_buys", why=why)

    def _is_priced(self) -> bool:
        views, portfolio = self._world.views, self._world.portfolio
        return portfolio.is_open and all(
            views[code].mark is not None or not portfolio.position(code) for code in self._codes
        )

    # ------------------------------------------------ other hands

    def _follow_other_hands(self, equity: Decimal) -> None:
        portfolio = self._world.portfolio
        if self._before is not None:
            before = sum((owned.volume * self._price(owned) for owned in self._before.values()), ZERO)
            self.day.moved(before, self._worth(portfolio.start_totals))
            self._before = None
        if portfolio.adjustments != self._adjusted:
            came = self._worth(portfolio.adjustments) - self._worth(self._adjusted)
            self.day.moved(equity - came, equity)
            self._adjusted = dict(portfolio.adjustments)

    def _price(self, owned: Owned) -> Decimal:
        """The price now; the one of then for a coin that is watched no more."""
        mark = self._mark(owned.currency)
        return mark if mark is not None else owned.price or ZERO

    def _worth(self, totals: Mapping[str, Decimal]) -> Decimal:
        return sum((volume * (self._mark(currency) or ZERO) for currency, volume in totals.items()), ZERO)

    def _mark(self, currency: str) -> Decimal | None:
        if currency == "KRW":
            return Decimal(1)
        view = self._world.views.get(f"KRW-{currency}")
        return None if view is None else view.mark

    # ------------------------------------------------ remembering

    def _remember(self, *, at_once: bool = False) -> None:
        old, day, now_ns = self.memory, self.day, self._world.now_ns
        if self._before is not None or not self._world.portfolio.is_open:
            return
        if old is not None and not at_once and not self._is_news(old):
            return
        self._noted_ns = now_ns
        self.memory = MoneyMemory(
            account=self.account,
            first_ns=self.first_ns,
            orders=self.orders,
            day=day.number,
            start=day.start,
            peak=day.peak,
            turnover=day.turnover,
            fees=day.fees,
            owned=self._owned(),
        )

    def _is_news(self, old: MoneyMemory) -> bool:
        day = self.day
        if (old.day, old.start, old.turnover, old.fees) != (day.number, day.start, day.turnover, day.fees):
            return True
        if old.peak == day.peak:
            return False
        is_late = self._world.now_ns - self._noted_ns >= PEAK_WITHIN_NS
        return is_late or day.peak < old.peak or day.peak >= old.peak * PEAK_STEP

    def _owned(self) -> tuple[Owned, ...]:
        totals = self._world.portfolio.totals
        currencies = dict.fromkeys(("KRW", *(code.partition("-")[2] for code in self._world.views)))
        return tuple(
            Owned(currency=currency, volume=volume, price=self._mark(currency))
            for currency in currencies
            if (volume := totals.get(currency, ZERO))
        )
