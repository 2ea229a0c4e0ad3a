"""Our orders from the wish to the end: every piece of evidence comes here, is joined, booked and told.

State changes only in `model.orders`. This desk keeps what goes with it: the money promised, the fills booked once, the
questions to the venue (`brain.inquiries`), and what the strategy is told and when. An ended order is told to the
strategy only when every fill it had is booked.
"""

from decimal import Decimal

from hoga.brain.counts import Counts
from hoga.brain.orders.cancels import Cancels
from hoga.brain.orders.consequences import Consequences
from hoga.brain.orders.inquiries import Inquiries
from hoga.brain.orders.recent import RecentOrders
from hoga.brain.orders.records import OrderRecords
from hoga.brain.orders.watch import Watch
from hoga.brain.risk.case import Case
from hoga.brain.risk.checks import ACTIVE
from hoga.brain.risk.controls import refusal
from hoga.brain.world import World
from hoga.model.commands import CancelOrder, OrderId, PlaceOrder, QueryAccounts, QueryMarket
from hoga.model.events import (
    Fill,
    LostCause,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReport,
    OrderReported,
    OrderStateSeen,
    OrderUpdated,
    RejectReason,
    refused,
)
from hoga.model.market import Market
from hoga.model.orders import Evidence, Order, OrderState, Step, evidence_of_loss, evidence_of_refusal

#: Refusals of our own waiting to be told; a strategy that answers each refusal with new orders gets no further.
MAX_WAITING_NEWS = 1_000

ENDED = frozenset({OrderStateSeen.DONE, OrderStateSeen.CANCEL})


class OrderDesk:
    """Wishes go out through here, evidence comes in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counts = Counts()
        self.records = OrderRecords(world)
        self.inquiries = Inquiries(world, give_up=self._absent, take_as_lost=self.on_lost)
        self.consequences = Consequences(world, self.records, self.inquiries, self.counts)
        self.cancels = Cancels(world, self.records, self.inquiries, self.consequences)
        self.watch = Watch(world, self.records)
        self._recent = RecentOrders()

    # ------------------------------------------------ wishes

    def place(self, intent: PlaceOrder) -> OrderId:
        """Check a wish; let it go out, or have it come back as a refusal at the end of the turn."""
        world, order = self.world, Order(intent=intent, created_ns=self.world.now_ns)
        self.records.keep(order)
        if no := refusal(Case(intent, world, self.records.open.values(), self._recent)):
            order.learn(Evidence.FORBIDDEN, world.now_ns)
            self.counts.refused += 1
            world.note("order_refused", **_figures(intent), why=no.detail, code=no.reason)
            self.records.told[order.order_id].ended = True
            if len(world.news) < MAX_WAITING_NEWS:
                world.news.append(refused(intent, no.reason, no.detail, world.now_ns))
            else:
                world.note("refusal_not_told", order_id=intent.order_id)
            return intent.order_id
        order.learn(Evidence.SENT, world.now_ns)
        self.counts.orders += 1
        self._recent.add(intent, world.now_ns)
        world.risk.left(intent)
        self.records.open[order.order_id] = order
        self.records.reserve(order)
        world.commands.append(intent)
        world.note("order", **_figures(intent))
        self.inquiries.watch_silence(order)
        return order.order_id

    def cancel(self, order_id: OrderId, reason: str) -> None:
        """Pass on the wish to cancel, once; an order on its way is cancelled when it has arrived."""
        self.cancels.wish(order_id, reason)

    # ------------------------------------------------ evidence

    def on_accepted(self, event: OrderAccepted) -> None:
        """The venue took an order."""
        order = self.records.find(event.order_id, event.report.venue_id)
        if order is None:
            self.world.note("order_unknown", order_id=event.order_id, venue_id=event.report.venue_id)
            return
        was = order.state
        steps = (order.learn(Evidence.ACCEPTED, self.world.now_ns), self._merge(order, event.report, from_stream=False))
        self.consequences.follow(order, was, *steps)

    def on_rejected(self, event: OrderRejected) -> None:
        """The venue, or a part of ours that was to carry it, said no."""
        order = self.records.find(event.order_id, None)
        if order is None:
            return
        if event.reason is RejectReason.RESTRICTED:
            self.world.restricted(event.detail)
        was = order.state
        step = order.learn(evidence_of_refusal(event.reason, by_venue=event.by_venue), self.world.now_ns)
        if order.state is OrderState.INTENDED:  # nothing left, and by now the wish is old
            order.learn(Evidence.FORBIDDEN, self.world.now_ns)
        if order.state is OrderState.REJECTED and was is not OrderState.REJECTED:
            self.counts.rejected += 1
            if event.by_venue:
                self.world.risk.rejected()
            self.world.note("order_rejected", order_id=event.order_id, code=event.reason, why=event.detail)
            self.records.told[order.order_id].ended = True
            self.world.news.append(event)
            self._learn_rules(order, event.reason)
        self.consequences.follow(order, was, step)

    def on_lost(self, event: OrderLost) -> None:
        """Nobody knows whether the order exists."""
        order = self.records.find(event.order_id, None)
        if order is None:
            return
        if event.cause is LostCause.RESTRICTED:
            self.world.restricted(event.detail)
        was = order.state
        step = order.learn(evidence_of_loss(event.cause), self.world.now_ns)
        told = self.records.told[order.order_id]
        if order.state is OrderState.UNKNOWN and not told.lost:
            told.lost = True
            self.counts.lost += 1
            self.world.note("order_lost", order_id=order.order_id, why=event.detail)
            self.world.news.append(event)
        self.consequences.follow(order, was, step)
        if event.cause is LostCause.UNPUBLISHED:
            self.inquiries.refused(order, event.detail)

    def on_report(self, order: Order, report: OrderReport, *, from_stream: bool) -> None:
        """The venue told the state of an order, by the stream or by a listing."""
        was = order.state
        step = self._merge(order, report, from_stream=from_stream, listed=not from_stream)
        if report.state is OrderStateSeen.PREVENTED:
            self.world.news.append(OrderUpdated(report=report, received_ns=self.world.now_ns))
        self.consequences.follow(order, was, step)

    def on_listed(self, order: Order, report: OrderReport, asked_ns: int) -> None:
        """A list of open orders has this one; with no fill missing that is an answer, if we hear what follows."""
        self.on_report(order, report, from_stream=False)
        hears = self.world.gate.private_is_up and asked_ns >= self.inquiries.hears_since_ns
        if hears and not order.has_fill_gap:
            self.inquiries.answered(order, asked_ns)

    def on_fill(self, order: Order, fill: Fill) -> None:
        """The private stream told of a trade; its report speaks of the whole order."""
        was = order.state
        steps = [self._book(order, fill)]
        if fill.report is not None:
            steps.append(self._merge(order, fill.report, from_stream=True))
        self.consequences.follow(order, was, *steps)

    def on_reported(self, event: OrderReported) -> None:
        """The answer to a question about one order: the fills we lack, and the state."""
        order = self.records.find(event.order_id, None)
        if order is None:
            return
        was = order.state
        if event.report is None:
            step = order.learn(Evidence.NOT_FOUND, self.world.now_ns)
            self.consequences.follow(order, was, step)
            self.inquiries.absent(order, event.asked_ns or event.received_ns)
            return
        steps = [self._book(order, fill) for fill in order.missing_fills(event.report)]
        steps.append(self._merge(order, event.report, from_stream=False))
        self.inquiries.answered(order, event.asked_ns or event.received_ns)
        self.consequences.follow(order, was, *steps)
        if order.is_open and order.cancel_asked:
            self.consequences.send_cancel(order, "still open after the cancel")

    def on_unlisted(self, order: Order, asked_ns: int) -> None:
        """A complete list of open orders lacks this one."""
        self.inquiries.unlisted(order, asked_ns)
        if order.state in {OrderState.WORKING, OrderState.PARTIAL}:
            self.consequences.follow(order, order.state, order.learn(Evidence.UNLISTED, self.world.now_ns))

    def on_rules(self, rules: Market) -> None:
        """The rules of a market came: what its orders lock is known now, and whether it rests."""
        for order in [order for order in self.records.open.values() if order.market == rules.code]:
            self.records.reserve(order)
            if rules.state not in ACTIVE:
                was = order.state
                self.consequences.follow(order, was, order.learn(Evidence.SUSPENDED, self.world.now_ns))

    # ------------------------------------------------ what follows

    def _merge(self, order: Order, report: OrderReport, *, from_stream: bool, listed: bool = False) -> Step:
        if order.venue_id not in {None, report.venue_id}:
            return self._twin(order, report, from_stream=from_stream)
        if report.state in ENDED:
            self.records.told[order.order_id].end = report
        return order.merge(report, from_stream=from_stream, now_ns=self.world.now_ns, listed=listed)

    def _twin(self, order: Order, report: OrderReport, *, from_stream: bool) -> Step:
        """The venue took one id twice, which its rules exclude: the younger is cancelled, and trading rests.

        The older is ours, whichever we heard of first; where the venue does not say when, that is the one we know.
        """
        self.world.note("order_twin", order_id=order.order_id, venue_id=report.venue_id, state=report.state)
        held, younger = order.last_report, report
        # A REST answer tells whole seconds, so less than one apart is not told apart.
        if held is not None and 0 < report.created_at_ms <= held.created_at_ms - 1_000:
            younger = held
            order.merge(report, from_stream=from_stream, now_ns=self.world.now_ns)
        if younger.state not in ENDED:
            self.world.commands.append(CancelOrder(order.order_id, younger.venue_id, "a second order under one id"))
        return Step(order.state, alert=True, bar=True)

    def _book(self, order: Order, fill: Fill) -> Step:
        adopted = order.state in {OrderState.REJECTED, OrderState.ABANDONED}
        if not self.records.book(order, fill):
            return Step(order.state)
        self.counts.fills += 1
        return Step(order.state, adopted=adopted, alert=adopted)

    def _absent(self, order: Order, refused: str) -> None:
        self.watch.give_up(order, refused, self.consequences, self.inquiries)

    def _learn_rules(self, order: Order, reason: RejectReason) -> None:
        """A refusal over funds or precision says that what we knew is old: read it again."""
        if reason is RejectReason.FUNDS:
            self.world.commands.append(QueryAccounts())
        elif reason in {RejectReason.PRICE_TICK, RejectReason.BELOW_MINIMUM, RejectReason.MARKET_OFFLINE}:
            self.world.commands.append(QueryMarket(order.market))


def _figures(intent: PlaceOrder) -> dict[str, str | Decimal | None]:
    return {
        "order_id": intent.order_id,
        "market": intent.market,
        "side": intent.side,
        "kind": intent.kind,
        "price": intent.price,
        "volume": intent.volume,
        "spend": intent.spend,
        "tif": intent.tif,
        "reason": intent.reason or None,
    }
