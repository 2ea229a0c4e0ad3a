"""Why Upbit refused: its error names by table, whatever the body looks like."""

from msgspec import Struct

from hoga.model.events import RejectReason


class Refusal(Struct, frozen=True, kw_only=True):
    """A refusal as told. `name` is Upbit's own word, empty where the body had none; `status` is the HTTP status."""

    reason: RejectReason
    name: str
    message: str
    status: int


def read_refusal(status: int, body: bytes) -> Refusal:
    """Read any answer that is not a success; never fails, whatever the body is."""
    raise NotImplementedError(status, body)


def is_transient(refusal: Refusal) -> bool:
    """Tell whether the same question may well succeed later; the one place that decides it."""
    raise NotImplementedError(refusal)


def blocked_for_s(refusal: Refusal) -> float | None:
    """How long Upbit blocks us (418), in seconds, or None where the message does not say."""
    raise NotImplementedError(refusal)
