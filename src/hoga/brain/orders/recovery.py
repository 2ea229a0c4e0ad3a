"""A run that begins with the orders of earlier ones: each is asked for, and nothing new leaves before all are known.

Whatever was on its way when the earlier run ended is of unknown fate, however likely one end may be; also what was
given up in the last day is asked for once more, since it may have arrived and traded meanwhile. An order that the
venue once confirmed and now denies, again and again, is in quarantine: nobody knows how it ended, so no end is
booked; its money stays promised, its market rests and a person is told; the other markets may trade. What an order
has traded since is asked for, counted and joined, but moves no money of ours: the ledger opens with the venue's
balances, asked after the last of these orders was cleared up, and they contain it.
"""

from hoga.brain.gate import EARLIER_ORDERS
from hoga.brain.market_view import MarketView
from hoga.brain.orders.absence import ENOUGH_NS
from hoga.brain.orders.consequences import SUSPECT_AFTER
from hoga.brain.orders.desk import OrderDesk
from hoga.brain.orders.records import Told
from hoga.brain.rounds import Rounds
from hoga.brain.world import World
from hoga.model.commands import OrderId
from hoga.model.orders import Evidence, Order, OrderState
from hoga.model.recovered import RecoveredOrder, RecoveredOrders


class Recovery:
    """The orders of earlier runs, until the last of them is cleared up."""

    def __init__(self, world: World, desk: OrderDesk, rounds: Rounds) -> None:
        self._world = world
        self._desk = desk
        self._rounds = rounds
        self.waiting: set[OrderId] = set()
        world.gate.wait_while(EARLIER_ORDERS, lambda: bool(self.waiting))

    def take(self, past: RecoveredOrders) -> None:
        """Take over what an earlier run left behind; before the start."""
        world, desk = self._world, self._desk
        world.risk.take(past.money)
        for known in past.orders:
            order = self._keep(known, known.state)
            desk.records.open[order.order_id] = order
            order.learn(Evidence.RESTARTED, world.now_ns)
            world.note("order_taken_over", order_id=order.order_id, was=known.state, now=order.state)
            if order.state is OrderState.REJECTED:  # it was only wished
                del desk.records.open[order.order_id]
                continue
            self.waiting.add(order.order_id)
            desk.inquiries.doubt(order)
        for known in past.abandoned:
            order = self._keep(known, OrderState.ABANDONED)
            desk.records.told[order.order_id].ended = True
            desk.watch.begin(order, known.abandoned_ns)
            self.waiting.add(order.order_id)
        desk.watch.ask_again(desk.inquiries)

    def review(self) -> None:
        """Are they all cleared up? Then balances and open orders are asked for, and only those answers count."""
        if not self.waiting:
            return
        self.waiting &= self._desk.inquiries.running.keys()
        self.waiting -= {order_id for order_id in sorted(self.waiting) if self._is_denied(order_id)}
        if not self.waiting:
            self._rounds.compare_again()

    def _is_denied(self, order_id: OrderId) -> bool:
        """Tell whether the venue does not know any more what it once confirmed, and say so."""
        world, desk, order = self._world, self._desk, self._desk.records.orders[order_id]
        asked_for_ns = world.now_ns - desk.inquiries.running[order_id].since_ns
        is_confirmed = order.state in {OrderState.WORKING, OrderState.PARTIAL}
        if not is_confirmed or order.not_found < SUSPECT_AFTER or asked_for_ns < ENOUGH_NS:
            return False
        why = "in quarantine: the venue had it and denies it now; look there, then `hoga journal write-off`"
        world.note("alert", order_id=order_id, venue_id=order.venue_id, market=order.market, why=why)
        return True

    def _keep(self, known: RecoveredOrder, state: OrderState) -> Order:
        self._world.views.setdefault(known.intent.market, MarketView(known.intent.market))
        order = Order(
            intent=known.intent,
            created_ns=known.decided_ns,
            state=state,
            attempts=known.attempts,
            venue_id=known.venue_id,
            executed_volume=known.executed_volume,
            paid_fee=known.paid_fee,
            fills={fill.trade_id: fill for fill in known.fills},
            cancel_asked=known.cancel_asked,
        )
        records = self._desk.records
        records.keep(order)
        records.index(order)
        records.told[order.order_id] = Told(accepted=True, lost=True)
        return order
