"""The account's side of the brain: what is asked of the venue, when, and what each answer changes.

Questions go out at the start, on a beat, and after every gap of the private feed. The answers open the gate.
"""

from typing import TYPE_CHECKING

from hoga.brain.gate import ACCOUNTS, MARKETS, OPEN_ORDERS, OWN_ORDERS, PRIVATE, PUBLIC
from hoga.brain.halting import Halting
from hoga.brain.order_desk import OrderDesk
from hoga.brain.reconcile import GRACE_S, Audit
from hoga.brain.strangers import Strangers
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId, QueryAccounts, QueryMarket, QueryOpenOrders
from hoga.model.events import (
    AccountsReported,
    BalanceChanged,
    CancelAccepted,
    CancelFailed,
    Fill,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReported,
    OrderUpdated,
    QueryFailed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Without the private feed, lists and balances are all we hear of: ask more often.
BEAT_BLIND_S = 5
#: Seconds before a failed question of the gate is asked again; the last one repeats.
ASK_AGAIN_S = (1, 2, 4, 8, 15, 30)


class Account:
    """Orders, balances and rules as the venue tells them, and the gate they open."""

    def __init__(self, world: World, *, reconcile_every_s: float, needs_private: bool, cancel_recovered: bool) -> None:
        self._world = world
        self._beat_ns = int(reconcile_every_s * SECOND_NS)
        self._needs_private = needs_private
        self._cancel_recovered = cancel_recovered
        self.desk = OrderDesk(world)
        self.strangers = Strangers(world)
        self.audit = Audit(world)
        self.halting = Halting(world, self.desk)
        self._gap_ns = 0
        self._may_have_missed = False
        self._in_question: set[OrderId] = set()
        self._failures = 0
        self._will_ask_again = False
        self._gate_reason = ""
        world.gate.close(OPEN_ORDERS)  # nothing leaves before the start, which closes the gate in earnest
        self.handlers: Mapping[type, Callable[..., None]] = {
            OrderAccepted: self.desk.on_accepted,
            OrderRejected: self.desk.on_rejected,
            OrderLost: self.desk.on_lost,
            OrderUpdated: self._on_updated,
            Fill: self._on_fill,
            OrderReported: self.desk.on_reported,
            CancelAccepted: self.desk.on_cancel_accepted,
            CancelFailed: self.desk.on_cancel_failed,
            BalanceChanged: self._on_balance_changed,
            AccountsReported: self._on_accounts,
            OpenOrdersReported: self._on_open_orders,
            MarketReported: self._on_market,
            QueryFailed: self._on_query_failed,
        }

    def start(self) -> None:
        """Close the gate and ask for everything that opens it."""
        world = self._world
        self._gap_ns = world.now_ns
        world.gate.close(MARKETS, ACCOUNTS, OPEN_ORDERS, PUBLIC)
        if self._needs_private:
            world.gate.close(PRIVATE)
        world.commands.extend(QueryMarket(code) for code in world.views)
        world.commands += [QueryAccounts(), QueryOpenOrders()]
        world.timers.at(world.now_ns + self._beat_ns, self._beat)

    def private_up(self, *, reconnected: bool) -> None:
        """The private feed is there; after a gap nothing leaves before all is compared again."""
        world = self._world
        if not self._needs_private:
            return
        world.gate.settle(PRIVATE)
        if self._may_have_missed or reconnected:
            self._gap_ns = world.now_ns
            world.gate.close(ACCOUNTS, OPEN_ORDERS)
            self.desk.inquiries.feed_returned()
            world.commands += [QueryAccounts(), QueryOpenOrders()]
        self._may_have_missed = True

    def private_down(self) -> None:
        """The private feed is gone: what it would have told is unknown, so lists must tell it."""
        world = self._world
        if self._needs_private:
            if PRIVATE not in world.gate.missing:
                world.timers.at(world.now_ns + BEAT_BLIND_S * SECOND_NS, self._look_blindly)
            world.gate.close(PRIVATE, ACCOUNTS, OPEN_ORDERS)
            self._may_have_missed = True

    def halt(self, reason: str) -> None:
        """Begin to stop (or hurry)."""
        recovered = [report.venue_id for report in self.strangers.recovered] if self._cancel_recovered else []
        self.halting.begin(reason, recovered)

    def review(self) -> None:
        """After each account event: are the orders in question settled, is a halt finished?"""
        if self._in_question:
            running = self.desk.inquiries.running
            self._in_question = {order_id for order_id in self._in_question if order_id in running}
            if not self._in_question:
                self._world.gate.settle(OWN_ORDERS)
        if (reason := self._world.gate.reason) != self._gate_reason:
            self._gate_reason = reason
            self._world.note("gate", state="closed" if reason else "open", why=reason or None)
        self.halting.finish_if_done()

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
        world, audit = self._world, self.audit
        agreed = audit.hear(event, self.desk.records.open.values())
        waiting = ACCOUNTS in world.gate.missing and (event.asked_ns or event.received_ns) >= self._gap_ns
        if waiting and agreed:
            world.gate.settle(ACCOUNTS)
        elif audit.is_suspicious or waiting:
            after_s = GRACE_S if audit.is_suspicious else 1
            world.timers.at(world.now_ns + after_s * SECOND_NS, self._ask_accounts)

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
            desk.on_report(order, report, from_stream=False)
        for order in list(desk.records.open.values()):
            if order.order_id not in listed and order.changed_ns < asked_ns:
                desk.on_unlisted(order, asked_ns)
        self.strangers.replace(strange, asked_ns)
        if self._cancel_recovered:
            ours += [report.venue_id for report in self.strangers.recovered]
        self._open_gate_for_orders(asked_ns)
        self.halting.listed(ours, asked_ns)

    def _open_gate_for_orders(self, asked_ns: int) -> None:
        gate, inquiries = self._world.gate, self.desk.inquiries
        if OPEN_ORDERS not in gate.missing or asked_ns < self._gap_ns:
            return
        gate.settle(OPEN_ORDERS)
        # Orders of unknown fate may take half a minute; the risk checks keep their market and side closed.
        self._in_question = {order_id for order_id in inquiries.running if inquiries.is_brief(order_id)}
        if self._in_question:
            gate.close(OWN_ORDERS)

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
            )
        view.rules = market
        if all(known.rules is not None for known in world.views.values()):
            world.gate.settle(MARKETS)

    def _on_query_failed(self, event: QueryFailed) -> None:
        world = self._world
        world.note("query_failed", query=event.query, code=event.reason, why=event.detail, order_id=event.order_id)
        if event.order_id is not None or self._will_ask_again:
            return  # one timer for all that is missing: one for each failure, and the questions would breed
        if {MARKETS, ACCOUNTS, OPEN_ORDERS} & world.gate.missing:
            self._will_ask_again = True
            after_s = ASK_AGAIN_S[min(self._failures, len(ASK_AGAIN_S) - 1)]
            self._failures += 1
            world.timers.at(world.now_ns + after_s * SECOND_NS, self._ask_missing)

    # ------------------------------------------------ questions

    def _beat(self, _: int) -> None:
        world = self._world
        if self.halting.stop_sent:
            return
        self._failures = 0
        world.commands += [QueryAccounts(), QueryOpenOrders()]
        world.commands.extend(QueryMarket(code) for code, view in world.views.items() if view.rules is None)
        world.timers.at(world.now_ns + self._beat_ns, self._beat)

    def _look_blindly(self, _: int) -> None:
        world = self._world
        if PRIVATE in world.gate.missing and not self.halting.stop_sent:
            world.commands += [QueryAccounts(), QueryOpenOrders()]
            world.timers.at(world.now_ns + BEAT_BLIND_S * SECOND_NS, self._look_blindly)

    def _ask_missing(self, _: int) -> None:
        world = self._world
        self._will_ask_again = False
        missing = world.gate.missing
        if MARKETS in missing:
            world.commands.extend(QueryMarket(code) for code, view in world.views.items() if view.rules is None)
        if ACCOUNTS in missing:
            world.commands.append(QueryAccounts())
        if OPEN_ORDERS in missing:
            world.commands.append(QueryOpenOrders())

    def _ask_accounts(self, _: int) -> None:
        if not self.halting.stop_sent:
            self._world.commands.append(QueryAccounts())
