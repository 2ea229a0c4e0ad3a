"""The list of ended orders is walked in windows and pages, and proves nothing before it is whole."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings, strategies as st
from tests.upbit.bodies import ORDER, answer, refusal

from hoga.model.commands import QueryClosedOrders
from hoga.model.events import AccountEvent, ClosedOrdersReported, QueryFailed, RejectReason
from hoga.upbit import dialect
from hoga.upbit.answers import closed_pages
from hoga.upbit.answers.account import Answer
from hoga.upbit.rest.request import Request

DAY_MS = 24 * 3_600_000
NOW_MS = 1_795_489_200_000  # 2026-11-24 12:00:00 KST
NS = 1_000_000
PAGE = 10


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten, so that a test need not make thousands of orders."""
    monkeypatch.setattr(closed_pages, "MAX_CLOSED_ORDERS", PAGE)


def row(name: str, made_ms: int) -> dict[str, Any]:
    made = datetime.fromtimestamp(made_ms // 1000, UTC).isoformat()
    return ORDER | {"uuid": name, "identifier": name, "state": "cancel", "created_at": made}


def told_by_venue(made_ms: list[int], request: Request, page: int = PAGE) -> Answer:
    """What the documented venue answers: seven days from the start asked for, oldest first, at most a page."""
    asked = {name: values[0] for name, values in parse_qs(request.query).items()}
    start_ms = int(asked["start_time"])
    assert (asked["order_by"], asked["limit"], asked["market"]) == ("asc", "1000", "KRW-BTC")
    found = [(at_ms, n) for n, at_ms in enumerate(made_ms) if start_ms <= at_ms <= start_ms + 7 * DAY_MS]
    return answer([row(f"u-{n}", at_ms) for at_ms, n in sorted(found)[:page]])


def ask(made_ms: list[int], since_ms: int) -> tuple[AccountEvent, int]:
    """Ask as the Actuator does; the event, and how many calls it took."""
    command = QueryClosedOrders("KRW-BTC", since_ms)
    (request,) = dialect.requests_for(command)
    answers: list[Answer] = []
    more: Request | None = request
    while more is not None:
        answers.append(told_by_venue(made_ms, more))
        more = dialect.more_pages(command, answers, NOW_MS * NS)
    (event,) = dialect.event_for(command, answers, NOW_MS * NS, NOW_MS * NS + 5)
    return event, len(answers)


def names(event: AccountEvent) -> set[str]:
    assert isinstance(event, ClosedOrdersReported), event
    return {report.venue_id for report in event.reports}


@pytest.mark.usefixtures("small_pages")
def test_a_short_list_of_the_last_minutes_is_one_call():
    event, calls = ask([NOW_MS - 60_000], NOW_MS - 600_000)

    assert (names(event), calls) == ({"u-0"}, 1)
    assert isinstance(event, ClosedOrdersReported)
    assert (event.since_ms, event.asked_ns) == (NOW_MS - 600_000, NOW_MS * NS)


@pytest.mark.usefixtures("small_pages")
def test_thirty_days_are_five_windows_r28():
    made = [NOW_MS - day * DAY_MS for day in range(1, 30)]

    event, calls = ask(made, NOW_MS - 30 * DAY_MS)

    assert (len(names(event)), calls) == (29, 5)


@pytest.mark.usefixtures("small_pages")
def test_a_full_page_is_followed_from_its_last_order_on_r28():
    made = [NOW_MS - 500_000 + n * 2_000 for n in range(95)]

    event, calls = ask(made, NOW_MS - 600_000)

    assert len(names(event)) == 95
    assert calls > 9


@pytest.mark.usefixtures("small_pages")
@settings(max_examples=60)
@given(
    made_ms=st.lists(
        st.integers(NOW_MS - 40 * DAY_MS, NOW_MS - 1), max_size=120, unique_by=lambda at_ms: at_ms // 1000
    ),
    days=st.integers(0, 40),
)
def test_whatever_was_made_since_then_is_told_and_every_order_once_r28(made_ms: list[int], days: int):
    since_ms = NOW_MS - days * DAY_MS

    event, _ = ask(made_ms, since_ms)

    assert isinstance(event, ClosedOrdersReported)
    assert len(event.reports) == len(names(event))
    assert names(event) == {f"u-{n}" for n, at_ms in enumerate(made_ms) if at_ms >= since_ms}


def means(*answers: Answer, since_ms: int = NOW_MS - 600_000) -> AccountEvent:
    command = QueryClosedOrders("KRW-BTC", since_ms)
    (event,) = dialect.event_for(command, answers, NOW_MS * NS, NOW_MS * NS)
    return event


@pytest.mark.usefixtures("small_pages")
def test_a_full_page_alone_proves_nothing_r28():
    event = means(answer([row(f"u-{n}", NOW_MS - 500_000 + n * 1_000) for n in range(PAGE)]))

    assert isinstance(event, QueryFailed)
    assert (event.query, event.reason) == ("closed_orders", RejectReason.UNKNOWN)
    assert "goes on after 10 orders" in event.detail


def test_a_window_that_ends_before_now_proves_nothing_r28():
    assert isinstance(means(answer([]), since_ms=NOW_MS - 8 * DAY_MS), QueryFailed)
    assert isinstance(means(answer([]), answer([]), since_ms=NOW_MS - 8 * DAY_MS), ClosedOrdersReported)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("step_ms", [0, -1_000], ids=["all in one second", "newest first"])
def test_a_full_page_that_does_not_lead_on_ends_the_walk_and_proves_nothing_r28(step_ms: int):
    stuck = answer([row(f"u-{n}", NOW_MS - 599_500 + n * step_ms) for n in range(PAGE)])
    command = QueryClosedOrders("KRW-BTC", NOW_MS - 600_000)

    assert dialect.more_pages(command, [stuck], NOW_MS * NS) is None
    assert isinstance(means(stuck), QueryFailed)


@pytest.mark.usefixtures("small_pages")
def test_a_walk_without_end_is_given_up():
    command = QueryClosedOrders("KRW-BTC", NOW_MS - 5_000 * DAY_MS)
    empty = [answer([])] * dialect.MAX_PAGES

    assert dialect.more_pages(command, empty, NOW_MS * NS) is None
    assert isinstance(means(*empty, since_ms=command.since_ms), QueryFailed)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (refusal(500, "internal_server_error"), RejectReason.SERVER),
        (refusal(429, "too_many_requests"), RejectReason.RATE_LIMIT),
        (refusal(401, "expired_access_key"), RejectReason.AUTH),
        (answer(b"<html>"), RejectReason.UNKNOWN),
        (answer(b"[{]"), RejectReason.UNKNOWN),
    ],
)
def test_a_page_without_an_answer_leaves_the_whole_list_unknown_r28(told: Answer, reason: RejectReason):
    command = QueryClosedOrders("KRW-BTC", NOW_MS - 20 * DAY_MS)
    answers = [answer([row("u-1", NOW_MS - 19 * DAY_MS)]), told]

    assert dialect.more_pages(command, answers, NOW_MS * NS) is None
    event = means(*answers, since_ms=command.since_ms)
    assert isinstance(event, QueryFailed)
    assert (event.query, event.reason) == ("closed_orders", reason)
    assert event.detail.startswith("KRW-BTC: ")
