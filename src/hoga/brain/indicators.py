"""Figures read from past prices. They are reports, so they are `float` and never come back into money."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import fmean

from hoga.model.events import Candle


def sma(values: Sequence[Decimal], length: int) -> float:
    """The plain average of the last `length` values."""
    return fmean([float(value) for value in values[-length:]])


def bar_noise(bar: Candle) -> float:
    """How much of a bar's range was to and fro (0 a straight line, 1 all noise): 1 - |open - close| / (high - low)."""
    span = float(bar.high_price - bar.low_price)
    return 1 - abs(float(bar.opening_price - bar.close)) / span if span else 1.0


def average_noise(bars: Sequence[Candle], length: int) -> float:
    """The average noise of the last `length` bars."""
    return fmean([bar_noise(bar) for bar in bars[-length:]])


def imbalance(bid_size: Decimal, ask_size: Decimal) -> float:
    """Which side of a book is heavier: -1 only offers, 0 even, 1 only bids."""
    total = float(bid_size + ask_size)
    return float(bid_size - ask_size) / total if total else 0.0
