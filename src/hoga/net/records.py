"""What is counted and logged of every request: where it went, how it ended and how long it took. Never a token."""

from collections.abc import Callable

from msgspec import Struct

from hoga.net.http_connection import NotSent, Outcome
from hoga.net.lanes import Parcel
from hoga.upbit.answers.account import Answer

Log = Callable[..., None]

_REDIRECTS = range(300, 400)


class Counters(Struct):
    """What has happened since the start."""

    requests: int = 0
    answers: int = 0
    refused_429: int = 0
    blocked_418: int = 0
    lost: int = 0
    not_sent: int = 0
    repeated: int = 0


class Records:
    """The counters and the log of one courier."""

    def __init__(self, log: Log) -> None:
        self.counters = Counters()
        self._log = log

    def sent(self, parcel: Parcel) -> None:
        """A request left."""
        request = parcel.request
        self.counters.requests += 1
        waited_s = parcel.sent_s - parcel.since_s
        self._log("request_sent", level="debug", method=request.method, target=request.target, waited_s=waited_s)

    def heard(self, parcel: Parcel, outcome: Outcome, now_s: float) -> None:
        """A request has had its outcome."""
        if isinstance(outcome, Answer):
            self.counters.answers += 1
            name, level, what = "answer", "debug" if outcome.is_success else "warning", str(outcome.status)
            if outcome.status in _REDIRECTS:  # a signed request must never go where it was not meant to (R9)
                name, level = "redirect_not_followed", "error"
        elif isinstance(outcome, NotSent):
            self.counters.not_sent += 1
            name, level, what = "not_sent", "warning", str(outcome)
        else:
            self.counters.lost += 1
            name, level, what = "answer_lost", "warning", str(outcome)
        request = parcel.request
        took_s = now_s - parcel.sent_s
        self._log(name, level=level, method=request.method, target=request.target, outcome=what, took_s=took_s)

    def refused(self) -> None:
        """The venue said 429."""
        self.counters.refused_429 += 1

    def blocked(self, for_s: float) -> None:
        """The venue said 418: nothing leaves for so many seconds."""
        self.counters.blocked_418 += 1
        self._log("blocked", level="error", for_s=round(for_s, 1))

    def repeated(self) -> None:
        """A question or a cancel goes out once more."""
        self.counters.repeated += 1
