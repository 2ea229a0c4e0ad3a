"""The account's side of the brain: what each answer of the venue changes.

When the venue is asked stands in `brain.rounds`; the answers open the gate.
"""

from collections.abc import Callable, Set as AbstractSet

from hoga.brain.gate import ACCOUNTS, OPEN_ORDERS, OWN_ORDERS
from hoga.brain.halting import Halting
from hoga.brain.locks import StuckLocks
from hoga.brain.orders.desk import OrderDesk
from hoga.brain.orders.recovery import Recovery
from hoga.brain.orders.unclear import unclear_currencies
from hoga.brain.questions import Answer
from hoga.brain.reconcile import GRACE_S, Audit
from hoga.brain.risk.killing import Killing
from hoga.brain.rounds import Rounds
from hoga.brain.strangers import Strangers
from hoga.brain.survey import Survey
from hoga.brain.world import World
from hoga.model.commands import OrderId
from hoga.model.events import (
    AccountsReported,
    BalanceChanged,
    CancelAccepted,
    CancelFailed,
    ClosedOrdersReported,
    Fill,
    Kill,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReported,
    OrderUpdated,
    QueryFailed,
    RejectReason,
)
from hoga.model.recovered import RecoveredOrders

#: The state of a wallet that needs no word.
WORKING = "working"


class Account:
    """Orders, balances and rules as the venue tells them, and the gate they open."""

    def __init__(self, world: World, *, reconcile_every_s: float, needs_private: bool, cancel_recovered: bool) -> None:
        self._world = world
        self._cancel_recovered = cancel_recovered
        self.desk = OrderDesk(world)
        self.rounds = Rounds(world, self.desk, beat_s=reconcile_every_s, needs_private=needs_private)
        self.recovery = Recovery(world, self.desk, self.rounds)
        self.strangers = Strangers(world)
        self.audit = Audit(world)
        self.locks = StuckLocks(world)
        self.halting = Halting(world, self.desk)
        self.killing = Killing(world, self.desk, self.strangers, lambda: self.halting.stop_sent)
        self._in_question: set[OrderId] = set()
        self._gate_reason = ""
        world.gate.wait_while(OWN_ORDERS, lambda: bool(self._in_question))
        self.handlers: dict[type, Callable[..., None]] = {
            OrderAccepted: self.desk.on_accepted,
            OrderRejected: self.desk.on_rejected,
            OrderLost: self.desk.on_lost,
            OrderUpdated: self._on_updated,
            Fill: self._on_fill,
            OrderReported: self.desk.on_reported,
            CancelAccepted: self.desk.cancels.on_accepted,
            CancelFailed: self.desk.cancels.on_failed,
            BalanceChanged: self._on_balance_changed,
            AccountsReported: self._on_accounts,
            OpenOrdersReported: self._on_open_orders,
            ClosedOrdersReported: self._on_closed_orders,
            MarketReported: self._on_market,
            QueryFailed: self._on_query_failed,
            Kill: self.killing.hear,
        }
        for kind in (OrderReported, AccountsReported, OpenOrdersReported, ClosedOrdersReported, QueryFailed):
            self.handlers[kind] = self._heard(self.handlers[kind])

    def _heard(self, act: Callable[..., None]) -> Callable[..., None]:
        def hear(answer: Answer) -> None:
            self._world.questions.hear(answer)
            act(answer)

        return hear

    def recover(self, past: RecoveredOrders) -> None:
        """Take over what earlier runs left."""
        self.strangers.rivals.know(past.id_prefixes)
        self.recovery.take(past)

    def halt(self, reason: str) -> None:
        """Begin to stop (or hurry)."""
        recovered = [report.venue_id for report in self.strangers.recovered] if self._cancel_recovered else []
        self.halting.begin(reason, recovered)

    def review(self) -> None:
        """After each account event: are the orders in question settled, is a halt finished?"""
        self.recovery.review()
        if self._world.fault and not self._world.halting:
            self.halt(self._world.fault)
        if self._in_question:
            self._in_question = set(filter(self.desk.inquiries.is_brief, self._in_question))
        if (reason := self._world.gate.reason) != self._gate_reason:
            self._gate_reason = reason
            self._world.note("gate", state="closed" if reason else "open", why=reason or None)
        self.halting.finish_if_done()
        self._world.risk.look()
        self.rounds.ended = self.halting.stop_sent

    # ------------------------------------------------ events

    def _on_updated(self, event: OrderUpdated) -> None:
        order = self.desk.records.find(event.report.order_id, event.report.venue_id)
        if order is None:
            self.strangers.see(event.report)
        else:
            self.desk.on_report(order, event.report, from_stream=True)

    def _on_fill(self, event: Fill) -> None:
        order = self.desk.records.find(event.order_id, event.venue_id)
        if order is not None:
            self.desk.on_fill(order, event)
        elif event.report is not None:
            self.strangers.see(event.report)

    def _on_balance_changed(self, event: BalanceChanged) -> None:
        """Heard and left alone: the ledger moves by fills, and the next comparison judges it."""

    def _on_accounts(self, event: AccountsReported) -> None:
        self.desk.inquiries.balances(event, self.desk.records.orders.values())
        if not self.rounds.ended:
            self.rounds.surveyor.hear_balances(event)

    def _on_survey(self, survey: Survey) -> None:
        """Balances came, and after them a list of open orders that is joined by now."""
        world, audit, asked_ns = self._world, self.audit, survey.asked_ns
        unclear = unclear_currencies(self.desk.records.open.values(), self.desk.inquiries)
        if not audit.is_open and not self._may_open(asked_ns, unclear):
            return
        agreed = audit.hear(survey.balances, unclear)
        self.locks.hear(survey, unclear)
        if agreed:
            self.desk.watch.agreed(asked_ns)
        is_suspicious = audit.is_suspicious or self.locks.is_suspicious
        waiting = world.gate.waits_for(ACCOUNTS) and asked_ns >= self.rounds.gap_ns
        if agreed:
            self.rounds.agreed_ns = max(self.rounds.agreed_ns, asked_ns)
        if is_suspicious or (waiting and not agreed):
            self.rounds.compare_after(GRACE_S if is_suspicious else 1)

    def _may_open(self, asked_ns: int, unclear: AbstractSet[str]) -> bool:
        """Tell whether these balances surely contain every trade we know of, and no other."""
        if self.recovery.waiting:
            return False  # they are asked for again when the last order of an earlier run is cleared up
        if asked_ns > self._world.portfolio.unbooked_ns and not unclear:
            return True
        self.rounds.compare_after(1)
        return False

    def _on_open_orders(self, event: OpenOrdersReported) -> None:
        asked_ns = event.asked_ns or event.received_ns
        desk, strange, ours = self.desk, [], []
        listed: set[OrderId] = set()
        for report in event.reports:
            order = desk.records.find(report.order_id, report.venue_id)
            if order is None:
                strange.append(report)
                continue
            listed.add(order.order_id)
            ours.append(report.venue_id)
            desk.on_listed(order, report, asked_ns)
        for order in list(desk.records.open.values()):
            if order.order_id not in listed and order.changed_ns < asked_ns:
                desk.on_unlisted(order, asked_ns)
        self.strangers.replace(strange, asked_ns)
        if self._cancel_recovered or self._world.killed:
            ours += [report.venue_id for report in self.strangers.recovered]
        self._open_gate_for_orders(asked_ns)
        if not self.rounds.ended and (survey := self.rounds.surveyor.hear_list(event)):
            self._on_survey(survey)
        self.halting.listed(ours, asked_ns)
        self.killing.listed(ours, asked_ns)

    def _on_closed_orders(self, event: ClosedOrdersReported) -> None:
        for report in event.reports:
            order = self.desk.records.find(report.order_id, report.venue_id)
            if order is None:
                self.strangers.see(report)
            else:
                self.desk.on_report(order, report, from_stream=False)
        self.desk.inquiries.ended(event)

    def _open_gate_for_orders(self, asked_ns: int) -> None:
        gate, inquiries, waited = self._world.gate, self.desk.inquiries, self._world.gate.waits_for(OPEN_ORDERS)
        self.rounds.listed_ns = max(self.rounds.listed_ns, asked_ns)
        if not waited or gate.waits_for(OPEN_ORDERS):
            return
        # Orders of unknown fate may take half a minute; the risk checks keep their market and side closed.
        self._in_question = {order_id for order_id in inquiries.running if inquiries.is_brief(order_id)}

    def _on_market(self, event: MarketReported) -> None:
        world, market = self._world, event.market
        view = world.views.get(market.code)
        if view is None:
            return
        if view.rules != market:
            world.note(
                "market",
                market=market.code,
                tick=market.tick,
                minimum=market.min_total,
                bid_fee=market.bid_fee,
                ask_fee=market.ask_fee,
                state=market.state,
                warning="yes" if market.warning else "no",
                wallet=market.wallet or None,
            )
        known = view.rules.wallet if view.rules else WORKING
        if market.wallet and market.wallet != (known or WORKING):
            why = "trading goes on; coins cannot be moved in or out as usual" if market.wallet != WORKING else None
            world.note("wallet", currency=market.base, state=market.wallet, why=why)
        view.rules = market
        self.desk.on_rules(market)

    def _on_query_failed(self, event: QueryFailed) -> None:
        world = self._world
        world.note("query_failed", query=event.query, code=event.reason, why=event.detail, order_id=event.order_id)
        if event.reason is RejectReason.RESTRICTED:
            world.restricted(event.detail)
        if event.order_id is not None:
            self.desk.inquiries.unanswered(event.order_id)
        else:
            self.rounds.failed(event.reason)
