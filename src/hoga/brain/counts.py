"""The tally of a run: how often each thing happened."""

from msgspec import Struct


class Counts(Struct):
    """Counters that only grow; `Summary` shows them."""

    orders: int = 0
    accepted: int = 0
    filled_orders: int = 0
    fills: int = 0
    cancelled: int = 0
    rejected: int = 0
    refused: int = 0
    lost: int = 0
    stale_answers: int = 0
