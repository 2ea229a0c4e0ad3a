"""Orders that were proven absent: given up, or sent once more, and watched for a day.

A request may lie in some network for longer than any proof takes. So an order that was given up stays known by its id
for a day; if it ever appears it is adopted, cancelled, and a person is told. It may also appear and trade while nobody
hears, so it is asked for once more after every gap and by the next run. Its money is set free only after the ledger
and the venue have agreed once more.
"""

from typing import TYPE_CHECKING

from hoga.brain.orders.consequences import Consequences
from hoga.brain.orders.inquiries import Inquiries
from hoga.brain.orders.records import OrderRecords
from hoga.brain.orders.reserves import reserve_of
from hoga.brain.world import SECOND_NS, World
from hoga.model.commands import OrderId, OrderKind, QueryAccounts, WhenLost
from hoga.model.events import RejectReason, refused
from hoga.model.money import ZERO
from hoga.model.orders import Evidence, Order, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

DAY_NS = 24 * 3600 * SECOND_NS
#: The same order is sent at most this often, and only while the wish is this fresh.
MAX_ATTEMPTS = 3
FRESH_NS = 120 * SECOND_NS
ABSENT_SINCE_30_S = "the venue has no such order: asked several times over 30 s, and it is in no list"


class Watch:
    """What becomes of an order whose absence is proven."""

    def __init__(self, world: World, records: OrderRecords) -> None:
        self._world = world
        self._records = records
        self._held: dict[OrderId, int] = {}

    def give_up(self, order: Order, refused_by: str, consequences: Consequences, inquiries: Inquiries) -> None:
        """Absence is proven: send the order again if that was wished and it is still fresh, else give it up.

        `refused_by` are the words of the venue where it refused the order by a name nobody has published.
        """
        world, was = self._world, order.state
        if self._may_go_again(order) and not refused_by:
            order.learn(Evidence.ABSENT_AGAIN, world.now_ns)
            order.learn(Evidence.SENT, world.now_ns)
            world.note("order_sent_again", order_id=order.order_id, attempt=order.attempts)
            world.commands.append(order.intent)
            inquiries.watch_silence(order)
            return
        step = order.learn(Evidence.ABSENT, world.now_ns)
        self._records.told[order.order_id].ended = True
        reason, detail = RejectReason.NOT_SENT, ABSENT_SINCE_30_S
        if refused_by:
            reason, detail = RejectReason.UNKNOWN, f"refused ({refused_by}), and it is in no list"
            world.risk.rejected()
        world.news.append(refused(order.intent, reason, detail, world.now_ns))
        consequences.follow(order, was, step)
        self.hold(order)
        self.begin(order, world.now_ns)
        world.commands.append(QueryAccounts())

    def begin(self, order: Order, abandoned_ns: int) -> None:
        """Keep the order known until a day after it was given up."""
        watched = self._records.watched
        watched.add(order.order_id)
        forget: Callable[[int], None] = lambda _: watched.discard(order.order_id)  # noqa: E731 - a name for its type
        self._world.timers.at(max(abandoned_ns + DAY_NS, self._world.now_ns), forget)

    def ask_again(self, inquiries: Inquiries) -> None:
        """What was not heard may have been of these: ask for each, until the venue has answered once."""
        for order_id in sorted(self._records.watched):
            order = self._records.orders.get(order_id)
            if order is not None and order.state is OrderState.ABANDONED:
                inquiries.doubt(order)

    def hold(self, order: Order) -> None:
        """Keep what the order had been promised until the ledger agrees with the venue once more."""
        rules = self._world.rules(order.market)
        if rules is not None:
            self._held[order.order_id] = self._world.now_ns
            self._world.portfolio.reserve(order.order_id, *reserve_of(order.intent, rules))

    def agreed(self, asked_ns: int) -> None:
        """Ledger and venue agree as of `asked_ns`: what was given up before sets its money free."""
        for order_id, since_ns in list(self._held.items()):
            if asked_ns <= since_ns:
                continue
            del self._held[order_id]
            order = self._records.orders.get(order_id)
            if order is not None and order.state is OrderState.ABANDONED:
                self._world.portfolio.reserve(order_id, self._world.portfolio.reserved(order_id)[0], ZERO)

    def _may_go_again(self, order: Order) -> bool:
        world, intent = self._world, order.intent
        is_wished = intent.when_lost is WhenLost.RESEND and not order.cancel_asked
        is_fresh = order.attempts < MAX_ATTEMPTS and world.now_ns - order.created_ns <= FRESH_NS
        # A market order is never this fresh: the proof alone takes longer than its 2 s.
        is_patient = intent.kind is OrderKind.LIMIT
        may_trade = world.gate.is_open and not (world.paused or world.halting or world.killed)
        return is_wished and is_fresh and is_patient and may_trade
