"""A trading floor for strategies: a brain on a scripted market, and a venue that answers what the brain sends."""

from decimal import Decimal
from typing import Any

from tests.brain.scenery import Stage, dec

from hoga.brain.strategy import Strategy
from hoga.model.commands import CancelOrder, Command, OrderId, OrderKind, PlaceOrder, Side
from hoga.model.events import AskBid, Candle, OrderRejected, OrderStateSeen, RejectReason
from hoga.model.money import ZERO, floor_volume, plain
from hoga.strategies import LIVELY, STRATEGIES


class Floor:
    """Moves a price, answers orders at once: what crosses the book fills, the rest waits until the price comes."""

    def __init__(
        self,
        name: str,
        *,
        krw: str | int = 10_000_000,
        btc: str | int = 0,
        seed: tuple[Candle, ...] = (),
        **params: object,
    ) -> None:
        kind = STRATEGIES[name]
        self.strategy: Strategy = kind(kind.Params.read(params))
        needs = self.strategy.needs()
        self.stage = Stage(
            self.strategy, krw=krw, btc=btc, candle_units_s=needs.candle_units_s, seed=seed, open_now=False
        )
        self.answering = True
        self.resting: list[OrderId] = []
        self.bid, self.ask = dec(99_995_000), dec(100_005_000)
        self.fills = 0
        self.seen = 0
        self.stage.open()
        self.answer()

    # ------------------------------------------------ the market

    def price(self, price: int, *, volume: str = "0.01", ask_bid: AskBid = AskBid.BID, after_s: float = 1) -> None:
        """After a while the book stands around a price and a trade prints there."""
        self.pass_time(after_s)
        self.book(price)
        self.stage.trade(price, volume, ask_bid)
        self.answer()

    def book(self, price: int, *, bid_size: str = "1", ask_size: str = "1") -> None:
        self.bid, self.ask = dec(price - 5_000), dec(price + 5_000)
        self.stage.book(plain(self.bid), plain(self.ask), bid_size, ask_size)
        self.answer()

    def pass_time(self, seconds: float) -> None:
        self.stage.wait(seconds)
        self.answer()

    # ------------------------------------------------ the venue

    def answer(self) -> None:
        """Answer what was sent since the last time, and fill what the price has reached."""
        while self.answering and self.seen < len(self.stage.sent):
            command = self.stage.sent[self.seen]
            self.seen += 1
            self._act(command)
        for order_id in list(self.resting):
            self._fill_if_crossed(order_id)
        if self.answering and self.seen < len(self.stage.sent):
            self.answer()

    def _act(self, command: Command) -> None:
        if isinstance(command, PlaceOrder):
            self.stage.accept(command.order_id)
            self.resting.append(command.order_id)
            self._fill_if_crossed(command.order_id)
        elif isinstance(command, CancelOrder) and command.order_id in self.resting:
            self.resting.remove(command.order_id)
            self.stage.update(command.order_id, OrderStateSeen.CANCEL, plain(self._filled(command.order_id)))

    def _filled(self, order_id: OrderId) -> Decimal:
        return self.stage.order(order_id).filled_volume

    def _fill_if_crossed(self, order_id: OrderId) -> None:
        intent = self.stage.order(order_id).intent
        at = self.ask if intent.side is Side.BUY else self.bid
        limit = intent.price
        if limit is not None and (limit < at if intent.side is Side.BUY else limit > at):
            return
        self.resting.remove(order_id)
        volume = intent.volume if intent.volume is not None else floor_volume((intent.spend or ZERO) / at)
        self.fills += 1
        self.stage.fill(order_id, f"t{self.fills}", plain(volume), plain(at if limit is None else limit))
        ended = OrderStateSeen.CANCEL if intent.spend is not None else OrderStateSeen.DONE
        self.stage.update(order_id, ended, plain(volume))

    # ------------------------------------------------ looking on

    @property
    def orders(self) -> list[PlaceOrder]:
        return self.stage.place_orders()

    def sides(self) -> list[str]:
        return [f"{order.kind} {order.side}" for order in self.orders]

    def position(self) -> Decimal:
        return self.stage.brain.portfolio.position("KRW-BTC")

    def reject_new(self) -> None:
        """Answer every order not answered yet with a refusal of the venue (`answering` must be off)."""
        while self.seen < len(self.stage.sent):
            command = self.stage.sent[self.seen]
            self.seen += 1
            if isinstance(command, PlaceOrder):
                reason, now_ns = RejectReason.SERVER, self.stage.now_ns
                self.stage.handle(OrderRejected(order_id=command.order_id, reason=reason, received_ns=now_ns))


def lively(name: str) -> Floor:
    """A floor with the settings under which the strategy trades often."""
    params: dict[str, Any] = dict(LIVELY[name])
    return Floor(name, **params)


LIMIT_BUY = f"{OrderKind.LIMIT} {Side.BUY}"
LIMIT_SELL = f"{OrderKind.LIMIT} {Side.SELL}"
MARKET_BUY = f"{OrderKind.MARKET} {Side.BUY}"
MARKET_SELL = f"{OrderKind.MARKET} {Side.SELL}"
