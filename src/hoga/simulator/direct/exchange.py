"""The exchange for one account, without a wire: commands arrive one latency later, and so does what comes of them.

Time is told by whoever drives it and never goes back. What is due at one moment happens in this order: what the account
hears, then what arrives at the exchange, then what the market does next (the caller's part).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from hoga.model.commands import Command, OrderId, PlaceOrder
from hoga.model.events import (
    AccountEvent,
    BalanceChanged,
    Orderbook,
    OrderRejected,
    Trade,
)
from hoga.model.market import Market
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.happenings import AssetsChanged, BookShown, OrderChanged, TradePrinted
from hoga.simulator.direct import words
from hoga.simulator.direct.desk import Desk
from hoga.simulator.direct.models import Latency, Models

ACCOUNT = "main"
MS_NS = 1_000_000
NEVER_NS = 2**63 - 1

Heard = AccountEvent | Trade | Orderbook


class _Sent(Struct):
    due_ns: int
    sent_ns: int
    command: Command


class Delay(Protocol):
    """How long messages take one way."""

    def arrival_ns(self, sent_ns: int) -> int:
        """When a message sent at `sent_ns` is there; none is there before an earlier one."""


class DirectExchange:
    """One account on one simulated venue.

    `send` takes what the brain wants, `see_*` what the market outside does, `hear` gives what is due for the brain.
    With `shows_own` the public news that our own orders cause (prints, changed books) are among it, as over the wire;
    without it the market stays what it was recorded as. `is_terse` leaves out what a brain learns anyway: balances, and
    the `wait` that the acceptance of an order has told.
    """

    def __init__(
        self,
        markets: Mapping[str, Market],
        balances: Mapping[str, Decimal],
        models: Models | None = None,
        *,
        avg_buy_prices: Mapping[str, Decimal] | None = None,
        shows_own: bool = False,
        is_terse: bool = False,
    ) -> None:
        self.models = models = models or Models()
        rules = {code: models.rules_of(market) for code, market in markets.items()}
        self.core = SimulatedExchange(rules, seed=models.seed, queue=models.queue)
        self.core.open_account(ACCOUNT, balances, avg_buy_prices)
        self.shows_own = shows_own
        self.is_terse = is_terse
        self.next_ns = NEVER_NS
        self.there: Delay = Latency(models, "there")
        self.back: Delay = Latency(models, "back")
        #: Orders that are refused when they arrive, and how.
        self.refusals: dict[OrderId, OrderRejected] = {}
        self._sent: deque[_Sent] = deque()
        self._told: deque[Heard] = deque()
        self._desk = Desk(self.core, ACCOUNT)

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing is under way and none of our orders is open: the market outside can change nothing."""
        return self.next_ns == NEVER_NS and not self.core.has_open(ACCOUNT)

    @property
    def under_way(self) -> int:
        """How many commands have not arrived yet."""
        return len(self._sent)

    # -------------------------------------------------- the brain's side

    def send(self, commands: Iterable[Command], now_ns: int) -> None:
        """Take commands that the brain gave at `now_ns`; they arrive one latency later."""
        for command in commands:
            self._sent.append(_Sent(self.there.arrival_ns(now_ns), now_ns, command))
        self._note_next()

    def act_now(self, command: Command, now_ns: int) -> Sequence[AccountEvent]:
        """Do what a command asks and give the answer without any latency; what else comes of it is heard as usual."""
        answers = [replace(answer, received_ns=now_ns) for answer in self._desk.act(command, now_ns, now_ns // MS_NS)]
        self._collect(now_ns)
        return answers

    def hear(self, until_ns: int) -> Heard | None:
        """Let what is due by `until_ns` happen, up to the first news for the brain, and give that; None when done."""
        while self.next_ns <= until_ns:
            if self._told and self._told[0].received_ns == self.next_ns:
                news = self._told.popleft()
                self._note_next()
                return news
            self._arrive(self._sent.popleft())
        return None

    # -------------------------------------------------- the market's side

    def see_trade(self, trade: Trade, now_ns: int) -> None:
        """The market outside traded."""
        self.core.see_trade(trade, now_ns // MS_NS)
        self._collect(now_ns)

    def see_book(self, book: Orderbook, now_ns: int) -> None:
        """The market outside shows another book."""
        self.core.see_book(book, now_ns // MS_NS)
        self._collect(now_ns)

    def see_made_book(self, book: Orderbook, now_ns: int) -> None:
        """Where no real book is known: what takers may take. It fills nobody and tells nothing of queues."""
        self.core.see_made_book(book, now_ns // MS_NS)

    def resting(self, market: str) -> tuple[Decimal | None, Decimal | None]:
        """The highest price we wait to buy at, and the lowest we wait to sell at."""
        resting = self.core.engine.book(market).resting
        bids, asks = resting["bid"], resting["ask"]
        return bids[0].price if bids else None, asks[0].price if asks else None

    def shown_book(self, market: str) -> Orderbook:
        """The book everybody sees now, our own orders in it."""
        return self.core.shown_book(market)

    # -------------------------------------------------- inside

    def _note_next(self) -> None:
        sent_ns = self._sent[0].due_ns if self._sent else NEVER_NS
        self.next_ns = min(sent_ns, self._told[0].received_ns) if self._told else sent_ns

    def _arrive(self, sent: _Sent) -> None:
        answers = self._answers(sent)
        received_ns = self.back.arrival_ns(sent.due_ns)
        self._told.extend(replace(answer, received_ns=received_ns) for answer in answers)
        self._collect(sent.due_ns)
        self._note_next()

    def _answers(self, sent: _Sent) -> Sequence[AccountEvent]:
        command = sent.command
        if isinstance(command, PlaceOrder) and (refusal := self.refusals.get(command.order_id)) is not None:
            return (refusal,)
        return self._desk.act(command, sent.sent_ns, sent.due_ns // MS_NS)

    def _collect(self, now_ns: int) -> None:
        """Turn what happened into news that is heard one latency later."""
        happenings = self.core.take_happenings()
        if not happenings:
            return
        received_ns = self.back.arrival_ns(now_ns)
        for happening in happenings:
            if isinstance(happening, OrderChanged):
                if self.is_terse and happening.word == "wait":
                    continue
                self._told.append(words.news_of(happening, received_ns))
            elif isinstance(happening, AssetsChanged):
                if self.is_terse:
                    continue
                self._told.append(
                    BalanceChanged(balances=happening.balances, timestamp_ms=happening.at_ms, received_ns=received_ns)
                )
            elif not self.shows_own:
                continue
            elif isinstance(happening, TradePrinted):
                self._told.append(replace(happening.trade, received_ns=received_ns))
            elif isinstance(happening, BookShown):
                book = self.core.shown_book(happening.market, now_ms=now_ns // MS_NS)
                self._told.append(replace(book, received_ns=received_ns))
        self._note_next()
