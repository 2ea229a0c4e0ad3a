"""Everything the brain knows and wants, in one place: what its parts read from and write to during one turn."""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hoga.brain.candles import Candles
from hoga.brain.gate import Gate
from hoga.brain.market_view import MarketView
from hoga.brain.notes import Note
from hoga.brain.portfolio import Portfolio
from hoga.brain.questions import Question, Questions
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.risk.state import RiskState
from hoga.brain.timers import Timers
from hoga.model.commands import Command, OrderId
from hoga.model.market import Market

if TYPE_CHECKING:
    from hoga.model.events import Fill, OrderEvent, TimerFired

SECOND_NS = 1_000_000_000

#: Notes wait for the shell to take them after every turn; a shell that never does must not fill the memory.
MAX_NOTES = 10_000

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class World:
    """The state shared by the brain's parts. Only `received_ns` of events moves its clock, and never backwards."""

    def __init__(
        self,
        market_codes: Sequence[str],
        *,
        limits: RiskLimits,
        id_prefix: str,
        now_ns: int,
        candle_units_s: Sequence[int],
    ) -> None:
        self.now_ns = now_ns
        self.id_prefix = id_prefix
        self.limits = limits
        self.views = {code: MarketView(code) for code in market_codes}
        self.portfolio = Portfolio(self.views)
        self.timers = Timers()
        self.candles = Candles(market_codes, candle_units_s)
        self.gate = Gate()
        self.commands: list[Command] = []
        self.questions = Questions()
        self.notes: deque[Note] = deque(maxlen=MAX_NOTES)
        self.news: deque[Fill | OrderEvent | TimerFired] = deque()
        self.paused = ""
        self.halting = ""
        self.killed = ""
        #: Why the run must stop by itself, for the person: what to do is part of it. The first reason stays.
        self.fault = ""
        self.resting: dict[OrderId, tuple[str, str]] = {}
        self.risk = RiskState(self)
        self._minted = 0

    def mint(self) -> OrderId:
        """The next order id: this run's prefix and a counter, never used before."""
        self._minted += 1
        return OrderId(f"{self.id_prefix}{base36(self._minted)}")

    def has_minted(self, order_id: str) -> bool:
        """Tell whether this run made the id, also where the order itself was forgotten long after its end."""
        number = order_id.removeprefix(self.id_prefix)
        return number != order_id and number.isalnum() and int(number, 36) <= self._minted

    def rules(self, code: str) -> Market | None:
        """A market's rules, or None for a market that is not watched or not known yet."""
        view = self.views.get(code)
        return view.rules if view else None

    def ask(self, question: Question) -> None:
        """Ask the venue, unless the very question is asked in this turn already, or is out and there is a jam."""
        if question not in self.commands and self.questions.may_ask(question, self.now_ns):
            self.commands.append(question)

    def restricted(self, detail: str) -> None:
        """The venue refuses the account itself: the run ends, for nothing it could order would be taken."""
        if not (self.fault or self.halting):
            self.fault = f"The venue restricts this account: {detail}"
            self.note("alert", why=self.fault)

    def rest(self, order_id: OrderId, market: str, why: str) -> None:
        """Place no new orders in a market until what is said of this order has been cleared up."""
        if order_id not in self.resting:
            self.note("alert", order_id=order_id, market=market, why=f"the market rests: {why}")
        self.resting[order_id] = market, why

    def why_resting(self, code: str) -> str | None:
        """Why no new order may leave in a market, or None."""
        return next((why for market, why in self.resting.values() if market == code), None) if self.resting else None

    def note(self, event: str, **fields: str | int | Decimal | None) -> None:
        """Have something written down; what is None is left out."""
        self.notes.append(Note(event, {name: value for name, value in fields.items() if value is not None}))


def base36(number: int) -> str:
    """Spell a counter shortly: digits and small letters."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = BASE36[digit] + text
    return text or "0"
