"""The doors of the exchange in this process, shaped like those of a real one: inbox, command queue, Actuator."""

from collections.abc import Callable
from typing import Any

from hoga.model.commands import Command, PlaceOrder, Stop
from hoga.model.events import AccountEvent, FeedUp, MarketEvent, RejectReason, Stream, TimerFired, refused
from hoga.net.actuator import Actuator, Tell
from hoga.net.inbox import Inbox
from hoga.run.paper.venue import PaperVenue
from hoga.run.state.guarded import GuardedCommands


class PaperInbox(Inbox):
    """All news passes the exchange first; of the market's the brain hears only the kinds it asked for."""

    def __init__(self, venue: PaperVenue, wanted: frozenset[type]) -> None:
        super().__init__()
        self._venue = venue
        self._wanted = tuple(wanted)
        venue.tell = super().put_first

    def put_first(self, event: AccountEvent) -> None:
        """Take it after everything that was due before."""
        is_read_at_once = self._wake is not None
        self._venue.pass_time(event.received_ns, may_ring=is_read_at_once)
        if is_read_at_once and isinstance(event, TimerFired) and self._venue.has_rung(event.due_ns):
            return
        super().put_first(event)

    def adder(self, kind: type) -> Callable[[MarketEvent], None]:
        """As that of an inbox; the exchange sees each piece of news, also of pictures that nobody will read."""
        venue, is_wanted = self._venue, issubclass(kind, self._wanted)
        add: Callable[[Any], None] = super().adder(kind)

        def take(event: MarketEvent) -> None:
            venue.pass_time(event.received_ns, may_ring=self._wake is not None)
            venue.see(event)
            if is_wanted:
                add(event)

        return take


class PaperCommands(GuardedCommands):
    """Commands go to the exchange in the very call that puts them; only the last one waits for the Actuator."""

    take: Callable[[Command], None]

    def put_nowait(self, command: Command) -> None:
        """Hand it over, unless the last hop refuses."""
        if isinstance(command, Stop):
            super().put_nowait(command)
            return
        if isinstance(command, PlaceOrder):
            now_ns = self._clock_ns()
            if (why := self.hop.why_not(command, now_ns)) is not None:
                self._report(refused(command, RejectReason.NOT_SENT, f"last hop: {why}", now_ns))
                return
        self.take(command)


class PaperActuator(Actuator):
    """Asks the venue what anybody may ask, without a key; no command ever becomes a request."""

    venue: PaperVenue

    async def run(self) -> None:
        """Say that the account can be heard, and wait for the end."""
        self._report(FeedUp(stream=Stream.PRIVATE, received_ns=self._clock_ns()))
        try:
            await super().run()
        finally:
            self.venue.end()

    @property
    def in_flight(self) -> int:
        """Requests under way, and commands that have not reached the exchange in this process."""
        return super().in_flight + self.venue.exchange.under_way

    def _begin(self, command: Command, tell: Tell) -> None:
        tell(self.venue.answer_at_once(command))
