"""What we hear of the venue: the public market stream and the private stream of our own orders, both into one inbox."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from hoga.model.commands import OrderId
from hoga.model.errors import ConfigError, HogaError
from hoga.model.events import Stream
from hoga.net.feed import Feed
from hoga.net.inbox import Inbox
from hoga.net.intake import FeedCounters, World
from hoga.upbit.auth import Signer
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.session.session import Session
from hoga.upbit.session.timing import Timing
from hoga.upbit.stream.subscriptions import FrameFormat, Subscription
from hoga.upbit.venue import check_destination

#: Our own orders and balances, of all markets.
PRIVATE_SUBSCRIPTIONS = (Subscription(type="myOrder"), Subscription(type="myAsset"))

#: A connection that is not there after this is tried anew; during maintenance the venue lets connections hang.
CONNECT_WITHIN_S = 5.0


class SensorDiedError(HogaError):
    """A stream's task was killed from outside; without it the brain would trade on silence."""


class Sensor:
    """Hears the venue. A public and, with `private`, a private socket; each reconnects for ever, by itself.

    Each puts `FeedUp`, `FeedDown` and `FeedStale` and what it hears into `inbox`. `websocket_url` is that of the public
    socket; the private one stands below it. `random` gives numbers in [0, 1), `nonce` a new text each time. `log` is
    called as `log(event, level=…, stream=…, **fields)`.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing of the world; it has no hidden ones
        self,
        *,
        websocket_url: str,
        subscriptions: Sequence[Subscription],
        private: bool,
        signer: Signer | None,
        inbox: Inbox,
        limiter: RateLimiter,
        clock_ns: Callable[[], int],
        monotonic_s: Callable[[], float],
        random: Callable[[], float],
        nonce: Callable[[], str],
        tape: Callable[[Stream, int, bytes], None] | None = None,
        log: Callable[..., None] | None = None,
        private_subscriptions: Sequence[Subscription] = PRIVATE_SUBSCRIPTIONS,
        frame_format: FrameFormat = FrameFormat.DEFAULT,
        timing: Timing | None = None,
        connect_within_s: float = CONNECT_WITHIN_S,
    ) -> None:
        if private and signer is None:
            raise ConfigError(["The private stream needs a key. Give one, or do without the private stream."])
        if not private and not subscriptions:
            raise ConfigError(["There is nothing to listen to: neither a market stream nor the private one."])
        check_destination(websocket_url, signer.access_key if private and signer is not None else None)
        world = World(inbox, limiter, clock_ns, monotonic_s, random, nonce, tape, log)

        def feed(stream: Stream, url: str, wanted: Sequence[Subscription], signer: Signer | None) -> Feed:
            session = Session(stream, wanted, ticket=nonce(), frame_format=frame_format, timing=timing)
            return Feed(
                url, session, world, signer=signer, frame_format=frame_format, connect_within_s=connect_within_s
            )

        self._monotonic_s = monotonic_s
        self._feeds: dict[Stream, Feed] = {}
        if subscriptions:
            self._feeds[Stream.PUBLIC] = feed(Stream.PUBLIC, websocket_url, subscriptions, None)
        if private:
            self._feeds[Stream.PRIVATE] = feed(
                Stream.PRIVATE, f"{websocket_url}/private", private_subscriptions, signer
            )

    @property
    def counters(self) -> Mapping[Stream, FeedCounters]:
        """What each stream has been through since the start."""
        return {stream: feed.counters for stream, feed in self._feeds.items()}

    async def run(self) -> None:
        """Listen until `stop`. A stream that dies of a fault, or is killed, ends the sensor with an error."""
        tasks = [asyncio.create_task(feed.run(), name=f"sensor-{stream}") for stream, feed in self._feeds.items()]
        pending = set(tasks)
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if task.cancelled():
                        raise SensorDiedError(f"The task {task.get_name()} was killed. Start again; nothing is lost.")
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Close both sockets; `run` returns shortly after."""
        for feed in self._feeds.values():
            feed.stop()

    def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """Listen to these public streams from now on; the venue replaces all that was subscribed before."""
        self._feeds[Stream.PUBLIC].resubscribe(subscriptions)

    def expect_private(self, order_id: OrderId) -> None:
        """The venue has taken this order: a private stream that does not tell of it in time is deaf and is replaced."""
        feed = self._feeds.get(Stream.PRIVATE)
        if feed is not None:
            feed.session.expect_order(order_id, self._monotonic_s())
