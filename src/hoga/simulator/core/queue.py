"""The models of where an order stands among the others at its price."""

from enum import StrEnum


class Queue(StrEnum):
    """Where an order that comes to rest stands at its price (docs/fills.md).

    BACK: behind everything shown. FRONT: before everybody. THROUGH: nobody knows, so only a trade through the price
    (or a crossing book) fills it. Where the book was made up, BACK is THROUGH.
    """

    BACK = "back"
    FRONT = "front"
    THROUGH = "through"
