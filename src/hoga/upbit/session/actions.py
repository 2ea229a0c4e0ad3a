"""What a session asks of the shell that owns the socket."""

from msgspec import Struct

from hoga.model.events import FeedDown, FeedStale, FeedUp, Halt


class Send(Struct, frozen=True):
    """Send one text message."""

    payload: bytes


class Ping(Struct, frozen=True):
    """Send a protocol ping."""


class Close(Struct, frozen=True):
    """Close the socket: it is of no use any more."""

    reason: str


class Tell(Struct, frozen=True):
    """Put an event into the inbox, stamped with the time of now."""

    event: FeedUp | FeedDown | FeedStale | Halt


class Note(Struct, frozen=True):
    """Log something for people."""

    name: str
    level: str = "info"
    fields: dict[str, object] = {}


Action = Send | Ping | Close | Tell | Note
