"""One order of a run beside that of its backtest: what differs, and by how much."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.money import ZERO
from hoga.research.compare.kept import KeptRun
from hoga.research.compare.matching import Pair
from hoga.research.compare.orders import Done

#: Nearer than this, two decisions or fills are at the same time: the venue's clock counts milliseconds.
SAME_TIME_NS = 1_000_000


class Row(Struct, frozen=True, kw_only=True):
    """One order. `differs` is of missing, extra, refused, price, size, time; empty where both did the same.

    Missing: only the backtest has it. Extra: only the run has it. `late_ns` is how much later the run decided or was
    filled. `gain` is what the run made more with it than the backtest, coins valued at the last price.
    """

    market: str
    side: str
    kind: str
    at_ns: int
    order_id: str
    asked_price: Decimal | None
    run_price: Decimal | None
    test_price: Decimal | None
    run_volume: Decimal
    test_volume: Decimal
    late_ns: int
    gain: Decimal
    differs: tuple[str, ...]
    refused: str = ""


def gain_of(run: KeptRun, pair: Pair) -> Decimal:
    """What the run made more with an order than the backtest."""
    last = run.prices.get(pair.any.intent.market, ZERO)
    return (pair.run.gain(last) if pair.run else ZERO) - (pair.test.gain(last) if pair.test else ZERO)


def row_of(run: KeptRun, pair: Pair) -> Row:
    """An order of both."""
    ours, theirs, intent = pair.run, pair.test, pair.any.intent
    return Row(
        market=intent.market,
        side=intent.side.value,
        kind=intent.kind.value,
        at_ns=pair.any.decided_ns,
        order_id=intent.order_id,
        asked_price=intent.price,
        run_price=ours.price if ours else None,
        test_price=theirs.price if theirs else None,
        run_volume=ours.volume if ours else ZERO,
        test_volume=theirs.volume if theirs else ZERO,
        late_ns=_late_ns(ours, theirs) if ours and theirs else 0,
        gain=gain_of(run, pair),
        differs=_differs(ours, theirs),
        refused=ours.refused if ours else "",
    )


def _differs(ours: Done | None, theirs: Done | None) -> tuple[str, ...]:
    if ours is None:
        return ("missing",)
    if theirs is None:
        return ("extra",)
    found = {
        "refused": bool(ours.refused) != bool(theirs.refused),
        "price": ours.intent.price != theirs.intent.price or _price_differs(ours, theirs),
        "size": ours.volume != theirs.volume or ours.intent.volume != theirs.intent.volume,
        "time": abs(_late_ns(ours, theirs)) > SAME_TIME_NS,
    }
    return tuple(name for name, holds in found.items() if holds)


def _price_differs(ours: Done, theirs: Done) -> bool:
    return ours.price is not None and theirs.price is not None and ours.price != theirs.price


def _late_ns(ours: Done, theirs: Done) -> int:
    """How much later the run decided, or was first filled at the venue, whichever is more."""
    found = [ours.decided_ns - theirs.decided_ns]
    if ours.fills and theirs.fills:
        first, second = (min(fill.trade_timestamp_ms for fill in one.fills.values()) for one in (ours, theirs))
        found.append((first - second) * 1_000_000)
    return max(found, key=abs)
