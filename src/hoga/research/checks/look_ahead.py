"""Does it see the future: on data that ends earlier, every decision before that end must be the very same."""

from collections.abc import Sequence

from msgspec import Struct

from hoga.model.commands import PlaceOrder
from hoga.research.checks.subject import Subject
from hoga.research.result import Result

#: Where the data is cut, as shares of its length.
CUTS = (0.35, 0.7, 0.9)
MS_NS = 1_000_000


class Difference(Struct, frozen=True, kw_only=True):
    """The first decision that changed: with the whole data and with the data that ended at `cut_ms`."""

    cut_ms: int
    number: int
    whole: PlaceOrder | None
    shortened: PlaceOrder | None
    at_ns: int


class LookAhead(Struct, frozen=True, kw_only=True):
    """`decisions` were compared at `cuts` ends; `differences` is empty where none depends on what came later."""

    cuts: Sequence[int]
    decisions: int
    differences: Sequence[Difference]


def look_ahead(subject: Subject, whole: Result | None = None) -> LookAhead:
    """Run the subject on shortened data and compare its orders with those of the whole run."""
    whole = whole or subject.run()
    length_ms = subject.end_ms - subject.begin_ms
    cuts = [subject.begin_ms + int(length_ms * share) for share in CUTS]
    compared, differences = 0, []
    for cut_ms in cuts:
        expected = _decisions(whole, cut_ms)
        found = _decisions(subject.run(end_ms=cut_ms), cut_ms)
        compared += len(expected)
        if (difference := _first_difference(expected, found, cut_ms)) is not None:
            differences.append(difference)
    return LookAhead(cuts=cuts, decisions=compared, differences=differences)


def _decisions(result: Result, cut_ms: int) -> list[tuple[int, PlaceOrder]]:
    return [(order.created_ns, order.intent) for order in result.orders if order.created_ns < cut_ms * MS_NS]


def _first_difference(
    expected: Sequence[tuple[int, PlaceOrder]], found: Sequence[tuple[int, PlaceOrder]], cut_ms: int
) -> Difference | None:
    for number in range(max(len(expected), len(found))):
        ours = expected[number] if number < len(expected) else None
        theirs = found[number] if number < len(found) else None
        if ours != theirs:
            return Difference(
                cut_ms=cut_ms,
                number=number,
                whole=ours[1] if ours else None,
                shortened=theirs[1] if theirs else None,
                at_ns=(ours or theirs or (0, None))[0],
            )
    return None
