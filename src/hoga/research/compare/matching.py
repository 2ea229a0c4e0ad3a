"""Which order of a run is which of its backtest: by sequence within a market and side, near in time."""

from collections.abc import Sequence

from msgspec import Struct

from hoga.research.compare.orders import Done

#: Two orders further apart than this are two orders, not one that came late.
NEAR_NS = 2_000_000_000


class Pair(Struct, frozen=True):
    """An order of the run and its counterpart; one of them may be absent, never both."""

    run: Done | None
    test: Done | None

    @property
    def any(self) -> Done:
        """The one that is there, the run's where both are."""
        found = self.run or self.test
        assert found is not None, "a pair of nothing"
        return found


def matched(run: Sequence[Done], test: Sequence[Done]) -> list[Pair]:
    """Every order once, by the time of its decision."""
    groups: dict[tuple[str, str], tuple[list[Done], list[Done]]] = {}
    for place, orders in enumerate((run, test)):
        for one in orders:
            groups.setdefault((one.intent.market, one.intent.side.value), ([], []))[place].append(one)
    pairs = [pair for ours, theirs in groups.values() for pair in _matched(ours, theirs)]
    return sorted(pairs, key=lambda pair: (pair.any.decided_ns, pair.any.intent.order_id))


def _matched(run: list[Done], test: list[Done]) -> list[Pair]:
    ours = sorted(run, key=lambda one: one.decided_ns)
    theirs = sorted(test, key=lambda one: one.decided_ns)
    pairs, first, second = [], 0, 0
    while first < len(ours) and second < len(theirs):
        one, other = ours[first], theirs[second]
        if abs(one.decided_ns - other.decided_ns) <= NEAR_NS and not _fits_better(one, theirs, second):
            pairs.append(Pair(one, other))
            first, second = first + 1, second + 1
        elif one.decided_ns <= other.decided_ns:
            pairs.append(Pair(one, None))
            first += 1
        else:
            pairs.append(Pair(None, other))
            second += 1
    return pairs + [Pair(one, None) for one in ours[first:]] + [Pair(None, one) for one in theirs[second:]]


def _fits_better(one: Done, theirs: list[Done], place: int) -> bool:
    """Tell whether the next candidate is nearer in time and asks the same, and this one does not."""
    if place + 1 >= len(theirs) or theirs[place].decided_ns >= one.decided_ns:
        return False
    now, after = theirs[place], theirs[place + 1]
    is_nearer = abs(after.decided_ns - one.decided_ns) < abs(now.decided_ns - one.decided_ns)
    return is_nearer and _asked(after) == _asked(one) != _asked(now)


def _asked(one: Done) -> tuple[object, ...]:
    intent = one.intent
    return intent.kind, intent.price, intent.volume, intent.spend
