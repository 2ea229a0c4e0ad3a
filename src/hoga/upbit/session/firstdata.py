"""Did the venue take our subscription: it never says so, the first data does."""

from collections.abc import Collection, Sequence
from math import inf

from hoga.model.events import Stream
from hoga.upbit.stream.subscriptions import Subscription

#: How often the whole subscription is sent on one socket when a part of it brings nothing.
MAX_ASKED = 2


def market_of(code: str) -> str:
    """The market of a subscription code: book codes may carry a depth (`KRW-BTC.15`)."""
    return code.partition(".")[0]


def kind_of(stream_type: str) -> str:
    """The kind of a stream, candle units left out (`candle.1m` is a `candle`)."""
    return stream_type.partition(".")[0]


def watched_markets(subscriptions: Sequence[Subscription]) -> list[str]:
    """The markets whose news should go on coming, whatever kind it is."""
    kept = (wanted for wanted in subscriptions if not wanted.is_only_snapshot)
    return [market_of(code) for wanted in kept for code in wanted.codes]


class FirstData:
    """What must be heard within a while of subscribing.

    Public streams start with a snapshot unless we refuse it. Private ones are silent until something happens, so the
    connection is asked to list its subscriptions instead. Unknown codes are swallowed without an error while the
    others of the message deliver (seen live, 2026-09-22).
    """

    def __init__(self, stream: Stream, within_s: float) -> None:
        self._is_private = stream is Stream.PRIVATE
        self._within_s = within_s
        self._due_s = inf
        self._asked = 0
        self.awaited: set[tuple[str, str]] = set()
        self.is_proved = False

    def asked(self, subscriptions: Sequence[Subscription], now_s: float, *, again: bool = False) -> None:
        """The subscription message leaves now, for the first time or `again`, for the sake of what is missing."""
        self._asked = self._asked + 1 if again else 1
        self._due_s = now_s + self._within_s
        if again:
            return
        if self._is_private:
            self.awaited = {(kind_of(wanted.type), "") for wanted in subscriptions}
            return
        shown = (wanted for wanted in subscriptions if not wanted.is_only_realtime)
        self.awaited = {(kind_of(wanted.type), market_of(code)) for wanted in shown for code in wanted.codes}

    def heard(self, kind: str, market: str) -> bool:
        """Data came; tell whether it is the first proof that this socket is subscribed."""
        self.awaited.discard((kind, market))
        return self._prove()

    def listed(self, types: Collection[str]) -> bool:
        """The connection told what it is subscribed to; likewise."""
        self.awaited -= {(kind_of(name), "") for name in types}
        return not self.awaited and self._prove()

    def not_listening(self, now_s: float) -> None:
        """We do not read the socket by our own choice; what it has to tell has more time."""
        self._due_s = now_s + self._within_s

    def is_overdue(self, now_s: float) -> bool:
        """Tell whether something is still missing although it had its time."""
        return bool(self.awaited) and now_s >= self._due_s

    def waited_s(self, now_s: float) -> float:
        """Seconds since this socket was last asked for it."""
        return now_s - self._due_s + self._within_s

    @property
    def may_ask_again(self) -> bool:
        """A message may have been lost once; a venue that ignores it twice means it."""
        return self._asked < MAX_ASKED

    @property
    def deadline_s(self) -> float:
        """When to look again."""
        return self._due_s if self.awaited else inf

    def _prove(self) -> bool:
        was_proved, self.is_proved = self.is_proved, True
        return not was_proved
