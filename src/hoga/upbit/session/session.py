"""One WebSocket's life as pure decisions: when to connect, what to send, when it is dead, what the brain must know.

The shell that owns the socket reports what happened, with monotonic seconds, and carries out the actions it gets back.
"""

from collections import deque
from collections.abc import Collection, Sequence
from math import inf

from hoga.model.events import FeedDown, FeedStale, FeedUp, Halt, Stream
from hoga.upbit.session.actions import Action, Close, Note, Ping, Send, Tell
from hoga.upbit.session.backoff import Backoff
from hoga.upbit.session.canary import Canary
from hoga.upbit.session.firstdata import FirstData, watched_markets
from hoga.upbit.session.freshness import Freshness
from hoga.upbit.session.keepalive import KeepAlive
from hoga.upbit.session.refusals import Refusals
from hoga.upbit.session.timing import Timing
from hoga.upbit.stream.subscriptions import FrameFormat, Subscription, list_subscriptions_message, subscribe_message

#: A frame that cannot be read costs that one frame; more than this many a minute cost the socket (reliability W23).
BROKEN_A_MINUTE = 10


class Session:
    """Decide for one socket. `ticket` is any text of ours; `chance` is always a random number in [0, 1).

    Each method tells what happened and returns the actions to carry out; `tick` is due at `next_deadline_s`.
    """

    def __init__(
        self,
        stream: Stream,
        subscriptions: Sequence[Subscription],
        *,
        ticket: str,
        frame_format: FrameFormat = FrameFormat.DEFAULT,
        timing: Timing | None = None,
    ) -> None:
        self.stream = stream
        self.subscriptions = tuple(subscriptions)
        self.timing = times = timing or Timing()
        self.reconnects = -1
        self.gave_up = False
        self._ticket = ticket
        self._format = frame_format
        self._backoff = Backoff(times.first_retry_s, times.max_retry_s, times.minute_s)
        self._alive = KeepAlive(times.ping_every_s, times.pong_within_s, times.send_within_s)
        self._first = FirstData(stream, times.first_data_within_s)
        self._fresh = Freshness(times.stale_min_s, times.stale_max_s)
        self._canary = Canary(times.deaf_after_s)
        self._broken: deque[float] = deque(maxlen=BROKEN_A_MINUTE + 1)
        self._refusals = Refusals(stream)
        self._is_open = self._is_closing = self._is_paused = False
        self._up_s: float | None = None
        self._look_due_s = 0.0
        self._stale_close_s = self._patience_s = 0.0
        self._down_s: float | None = None
        self._alerts = list(times.alert_after_s)

    @property
    def connect_at_s(self) -> float:
        """When the next attempt to connect may begin."""
        return self._backoff.at_s

    def connecting(self, now_s: float) -> None:
        """An attempt to connect begins."""
        self._backoff.begin(now_s)
        self._refusals.begin()
        if self._down_s is None:
            self._down_s = now_s

    def opened(self, now_s: float) -> list[Action]:
        """The socket is open: subscribe to everything."""
        self._is_open, self._is_closing, self._is_paused = True, False, False
        self._alive.opened(now_s)
        self._first.is_proved = False
        self._look_due_s = now_s + self.timing.look_every_s
        actions = self._subscribe(now_s)
        return actions if self._first.awaited else [*actions, *self._up(now_s)]

    def resubscribe(self, subscriptions: Sequence[Subscription], now_s: float) -> list[Action]:
        """Subscribe to these from now on; one message replaces all that was subscribed before."""
        self.subscriptions = tuple(subscriptions)
        return self._subscribe(now_s) if self._is_open and not self._is_closing else []

    def failed(self, now_s: float, reason: str, *, chance: float, status: int = 0) -> list[Action]:
        """The attempt to connect came to nothing; `status` is the HTTP answer to the upgrade, if there was one."""
        self._refusals.blame(status)
        return self._lost(now_s, chance, Note("feed_refused", "warning", {"reason": reason, "status": status}))

    def closed(self, now_s: float, reason: str, *, chance: float, code: int = 0) -> list[Action]:
        """The socket is gone, whoever ended it; `code` is that of the venue's close frame, if there was one."""
        self._is_open = False
        self._canary.forget()
        self._refusals.blame(code)
        note = Note("feed_closed", "warning", {"reason": reason, "code": code})
        if self._up_s is None:
            return self._lost(now_s, chance, note)
        if now_s - self._up_s >= self.timing.healthy_after_s:
            self._backoff.healthy()
        self._up_s = None
        self._down_s, self._alerts = now_s, list(self.timing.alert_after_s)
        return [Tell(FeedDown(stream=self.stream, reason=reason)), *self._lost(now_s, chance, note)]

    def _lost(self, now_s: float, chance: float, note: Note) -> list[Action]:
        self._backoff.lost(now_s, chance, self.timing.busy_retry_s if self._refusals.is_busy else 0.0)
        note.fields["retry_in_s"] = round(self._backoff.at_s - now_s, 3)
        if not self._refusals.is_final():
            return [note]
        self.gave_up = True
        cause = self._refusals.cause
        halt = Halt(reason=f"Upbit refuses the {self.stream} stream again and again: {cause}.")
        return [note, Note("feed_given_up", "error", {"cause": cause}), Tell(halt)]

    def heard(self, now_s: float) -> None:
        """Any frame at all came: the peer lives."""
        self._alive.heard_s = now_s

    def heard_market(self, kind: str, market: str, now_s: float) -> Sequence[Action]:
        """A market event came; `kind` is `trade`, `ticker`, `orderbook` or `candle`."""
        self._fresh.heard(market, now_s)
        if self._first.awaited and self._first.heard(kind, market):
            return self._up(now_s)
        return ()

    def heard_list(self, types: Collection[str], now_s: float) -> list[Action]:
        """The connection listed its subscriptions."""
        return self._up(now_s) if self._first.listed(types) else []

    def heard_order(self, order_id: str) -> None:
        """The private stream told of one of our orders."""
        self._canary.heard(order_id)

    def expect_order(self, order_id: str, now_s: float) -> None:
        """The venue has taken an order, so the private stream must tell of it; if it does not, it is deaf."""
        if self._up_s is not None:
            self._canary.expect(order_id, now_s)

    def heard_error(self, name: str, message: str) -> list[Action]:
        """The venue complained; it closes the socket itself a moment later (seen live, 2026-09-22)."""
        self._refusals.blame(name)
        note = Note("venue_error", "warning", {"error": name, "message": message})
        return [note, *self._close(f"the venue said {name}")]

    def heard_broken(self, now_s: float) -> list[Action]:
        """A frame could not be read."""
        self._broken.append(now_s)
        if len(self._broken) <= BROKEN_A_MINUTE or now_s - self._broken[0] > self.timing.minute_s:
            return []
        self._broken.clear()
        return self._close("too many broken frames")

    def pause(self) -> None:
        """The shell stops reading because the brain is behind."""
        self._is_paused = True

    def resume(self, now_s: float) -> None:
        """The shell reads again: what comes first may be old, and silence until now was our own."""
        self._is_paused = False
        self._not_listening(now_s)

    def _not_listening(self, now_s: float) -> None:
        for watcher in (self._alive, self._first, self._fresh, self._canary):
            watcher.not_listening(now_s)

    def next_deadline_s(self) -> float:
        """When `tick` is due, at the latest."""
        if not self._is_open:
            return self._down_s + self._alerts[0] if self._down_s is not None and self._alerts else inf
        if self._is_closing:
            return inf
        return min(self._alive.deadline_s, self._first.deadline_s, self._look_due_s)

    def tick(self, now_s: float, *, unsent: bool = False) -> list[Action]:
        """Look at everything that depends on time; `unsent` tells whether sent bytes still wait in our own buffer."""
        if not self._is_open:
            return self._alert(now_s)
        if self._is_closing:
            return []
        if self._is_paused:
            self._not_listening(now_s)
        why = self._alive.why_dead(now_s, unsent=unsent) or self._why_deaf(now_s)
        if why:
            return self._close(why)
        actions = [*self._chase_first(now_s), *self._look(now_s)]
        return [*actions, Ping()] if self._alive.is_ping_due(now_s) else actions

    def _why_deaf(self, now_s: float) -> str | None:
        if self._first.is_overdue(now_s) and not self._first.is_proved:
            return "no data after subscribing"
        order_id = self._canary.owed(now_s)
        return order_id and f"the stream does not tell of order {order_id}"

    def _chase_first(self, now_s: float) -> list[Action]:
        """A part of the subscription brings nothing: ask once more, then say so and live with it."""
        first = self._first
        if not first.is_overdue(now_s):
            return []
        missing = sorted(first.awaited)
        note = Note("subscription_ignored", "warning", {"missing": [" ".join(pair) for pair in missing]})
        if first.may_ask_again:
            return [note, *self._subscribe(now_s, again=True)]
        first.awaited.clear()
        markets = dict.fromkeys(market for _, market in missing)
        return [note, *(Tell(FeedStale(market=market, age_s=first.waited_s(now_s))) for market in markets)]

    def _look(self, now_s: float) -> list[Action]:
        """Find stale markets; when all are, the socket is to blame, unless a new one was just tried for that."""
        if now_s < self._look_due_s:
            return []
        self._look_due_s = now_s + self.timing.look_every_s
        actions: list[Action] = [
            Tell(FeedStale(market=silence.market, age_s=silence.age_s)) for silence in self._fresh.look(now_s)
        ]
        if not self._fresh.is_all_stale or now_s - self._stale_close_s < self._patience_s:
            return actions
        self._stale_close_s = now_s
        self._patience_s = min(self.timing.max_patience_s, max(self.timing.stale_max_s, 2 * self._patience_s))
        return actions + self._close("nothing is heard of any market")

    def _alert(self, now_s: float) -> list[Action]:
        if self._down_s is None or not self._alerts or now_s < self._down_s + self._alerts[0]:
            return []
        del self._alerts[0]
        return [Note("feed_still_down", "error", {"down_s": round(now_s - self._down_s, 3)})]

    def _subscribe(self, now_s: float, *, again: bool = False) -> list[Action]:
        self._alive.sent(now_s)
        self._first.asked(self.subscriptions, now_s, again=again)
        self._fresh.watch(watched_markets(self.subscriptions), now_s)
        sends: list[Action] = [Send(subscribe_message(self._ticket, self.subscriptions, self._format))]
        if self.stream is Stream.PRIVATE:
            sends.append(Send(list_subscriptions_message(self._ticket, self._format)))
        return sends

    def _up(self, now_s: float) -> list[Action]:
        self.reconnects += 1
        self._refusals.forgive()
        self._first.is_proved = True
        self._up_s, self._down_s = now_s, None
        note = Note("feed_up", fields={"reconnects": self.reconnects})
        return [note, Tell(FeedUp(stream=self.stream, reconnects=self.reconnects))]

    def _close(self, why: str) -> list[Action]:
        if self._is_closing:
            return []
        self._is_closing = True
        return [Close(why)]
