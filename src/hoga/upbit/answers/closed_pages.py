"""The list of ended orders, put together from windows of seven days and pages of a thousand.

The venue tells at most 1,000 orders of at most seven days after a moment, oldest first if asked so, and has no page
numbers (Upbit docs, list-closed-orders of 2026-10). So one walks: after a full answer from its last order on, after
any other from the end of its window on, until the moment of asking is reached. Only then is the list whole; a full
answer never is, nor one that ends before.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from hoga.model.errors import WireError
from hoga.model.events import OrderReport
from hoga.upbit.answers.account import Answer, read_orders
from hoga.upbit.rest.orders import MAX_CLOSED_ORDERS

WINDOW_MS = 7 * 24 * 3_600_000
#: The venue tells when an order was made in whole seconds, so two steps of the walk share one second.
SHARED_MS = 1_000


class ClosedPages(Struct, frozen=True):
    """What the answers tell so far, each order once, and from where on to ask next; None when the list is whole."""

    reports: tuple[OrderReport, ...]
    next_ms: int | None


def walk(since_ms: int, answers: Sequence[Answer], until_ms: int) -> ClosedPages:
    """Follow answers that were asked one after the other; `WireError` where one cannot be read or followed."""
    reports: dict[str, OrderReport] = {}
    start_ms, is_full = since_ms, True
    for answer in answers:
        page = read_orders(answer.body)
        reports.update((report.venue_id, report) for report in page)
        is_full = len(page) >= MAX_CLOSED_ORDERS
        start_ms = _after(page, start_ms) if is_full else start_ms + WINDOW_MS - SHARED_MS
    is_whole = not is_full and start_ms >= until_ms
    return ClosedPages(tuple(reports.values()), None if is_whole else start_ms)


def _after(page: Sequence[OrderReport], start_ms: int) -> int:
    """Where a full page goes on. It must be in order and lead on, or nobody knows what it leaves out."""
    next_ms = page[-1].created_at_ms - SHARED_MS
    if next_ms <= start_ms or any(one.created_at_ms > two.created_at_ms for one, two in pairwise(page)):
        raise WireError(f"A full page of {len(page)} ended orders does not say where the next one begins.")
    return next_ms
