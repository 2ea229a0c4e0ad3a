from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, strategies as st

from hoga.research.data.filling import Row, fill

UNIT_MS = 60_000
NAMES = ("opening", "high", "low", "close", "volume", "value")

#: Which of forty minutes traded, at which price, in how many blocks they come, and how large the blocks out may be.
minutes = st.dictionaries(st.integers(0, 39), st.integers(1, 10**12), max_size=40)


def rows_of(traded: dict[int, int], cuts: Sequence[int]) -> Iterator[Row]:
    places = sorted(traded)
    bounds = [0, *sorted(min(cut, len(places)) for cut in cuts), len(places)]
    for first, last in pairwise(bounds):
        part = np.array(places[first:last], np.int64)
        prices = np.array([traded[place] for place in part.tolist()], np.int64)
        numbers = {name: prices + number for number, name in enumerate(NAMES)}
        yield Row(part * UNIT_MS, numbers, dict.fromkeys(NAMES, 8), np.zeros(len(part), np.bool_))


def by_hand(traded: dict[int, int], begin: int, end: int, last_close: int | None) -> list[tuple[int, list[int], bool]]:
    found, close = [], last_close
    for place in range(begin, end):
        if place in traded:
            close = traded[place] + 3
            found.append((place * UNIT_MS, [traded[place] + number for number in range(6)], False))
        elif close is not None:
            found.append((place * UNIT_MS, [close, close, close, close, 0, 0], True))
    return found


@given(
    traded=minutes,
    cuts=st.lists(st.integers(0, 40), max_size=4),
    last_close=st.none() | st.integers(1, 10**12),
    rows=st.integers(1, 50),
    more=st.integers(0, 10),
)
def test_bars_without_a_trade_are_filled_in_as_one_would_by_hand(
    traded: dict[int, int], cuts: list[int], last_close: int | None, rows: int, more: int
):
    end = 40 + more

    made = list(fill(rows_of(traded, cuts), 0, end * UNIT_MS, UNIT_MS, last_close, rows))

    told = [
        (start, [int(row.numbers[name][number]) for name in NAMES], bool(row.is_empty[number]))
        for row in made
        for number, start in enumerate(row.start_ms.tolist())
    ]
    assert told == by_hand(traded, 0, end, last_close)
