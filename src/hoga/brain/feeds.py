"""Sockets that come and go: what each means for the gate, and the word to the strategy."""

from hoga.brain.account import Account
from hoga.brain.gate import PUBLIC
from hoga.brain.stage import Stage
from hoga.brain.world import World
from hoga.model.events import FeedDown, FeedStale, FeedUp, Stream


class Feeds:
    """The two streams, as far as trading depends on them."""

    def __init__(self, world: World, account: Account, stage: Stage) -> None:
        self._account = account
        self._stage = stage
        self._public_is_up = False
        world.gate.wait_while(PUBLIC, lambda: not self._public_is_up)

    def on_up(self, event: FeedUp) -> None:
        """A socket is connected; the private one may have missed something before."""
        if event.stream is Stream.PUBLIC:
            self._public_is_up = True
        else:
            self._account.rounds.private_up(reconnected=event.reconnects > 0)
        self._stage.tell_feed(event)

    def on_down(self, event: FeedDown) -> None:
        """A socket is gone: no new orders until it is back."""
        if event.stream is Stream.PUBLIC:
            self._public_is_up = False
        else:
            self._account.rounds.private_down()
        self._stage.tell_feed(event)

    def on_stale(self, event: FeedStale) -> None:
        """A market is silent: its prices grow old, and the risk checks will say so."""
        self._stage.tell_feed(event)
