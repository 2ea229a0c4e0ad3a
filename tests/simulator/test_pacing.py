"""The venue's own counting: what it allows, what it remembers, and how it loses patience."""

import pytest

from hoga.simulator.rest.pacing import Pacer, Rule, Verdict

SECOND_S = 1_000.0  # the beginning of a wall-clock second


def send(pacer: Pacer, moments: list[float], group: str = "order", caller: str = "ann") -> list[int]:
    return [pacer.admit(group, caller, moment).status for moment in moments]


@pytest.mark.parametrize(
    ("group", "first"),
    [
        # First answers of recorded seconds (2026-03-22), the order group at today's limit of 12.
        ("order", "group=order; min=480; sec=11"),
        ("default", "group=default; min=1800; sec=29"),
        ("order-test", "group=order-test; min=480; sec=7"),
        ("order-cancel-all", "group=order-cancel-all; min=30; sec=0"),
        ("candles", "group=candles; min=600; sec=9"),
        ("crix-trades", "group=crix-trades; min=600; sec=9"),
    ],
)
def test_the_header_tells_what_is_left_after_this_request(group: str, first: str):
    assert Pacer().admit(group, "ann", SECOND_S) == Verdict(200, first)


def test_a_fixed_second_takes_twelve_orders_and_refuses_the_next():
    pacer = Pacer()

    assert send(pacer, [SECOND_S + 0.01 * n for n in range(13)]) == [200] * 12 + [429]


def test_fixed_windows_let_two_bursts_meet_at_the_boundary():
    moments = [SECOND_S + 0.9] * 12 + [SECOND_S + 1.0] * 12

    assert send(Pacer(), moments) == [200] * 24


def test_a_sliding_window_does_not():
    moments = [SECOND_S + 0.9] * 12 + [SECOND_S + 1.0, SECOND_S + 1.9]

    assert send(Pacer(Rule.SLIDING), moments) == [200] * 12 + [429, 200]


def test_a_bucket_refills_steadily():
    moments = [SECOND_S] * 13 + [SECOND_S + 1 / 12, SECOND_S + 1 / 12]

    assert send(Pacer(Rule.BUCKET), moments) == [200] * 12 + [429, 200, 429]


def test_cancel_all_is_one_in_two_seconds():
    moments = [SECOND_S, SECOND_S + 1.5, SECOND_S + 2.0]

    assert send(Pacer(), moments, "order-cancel-all") == [200, 429, 200]


def test_callers_and_groups_do_not_share():
    pacer = Pacer()
    send(pacer, [SECOND_S] * 12)

    assert send(pacer, [SECOND_S], caller="bob") == [200]
    assert send(pacer, [SECOND_S], group="default") == [200]


def test_the_busiest_windows_are_remembered_refused_requests_included():
    pacer = Pacer()
    send(pacer, [SECOND_S + 0.9] * 7 + [SECOND_S + 1.2] * 8)
    send(pacer, [SECOND_S + 0.9] * 3, caller="bob")

    tally = pacer.tallies["order"]

    assert (tally.requests, tally.max_in_fixed_window, tally.max_in_sliding_window) == (18, 8, 15)


def test_a_limit_changed_while_running_holds_at_once():
    pacer = Pacer()
    send(pacer, [SECOND_S] * 8)
    pacer.groups["order"].limit = 8

    assert send(pacer, [SECOND_S + 0.5, SECOND_S + 1.0]) == [429, 200]


def test_what_somebody_else_sends_is_missing_from_ours():
    pacer = Pacer()
    pacer.foreign_per_s["order"] = 6.0
    send(pacer, [SECOND_S - 0.5])

    statuses = send(pacer, [SECOND_S + 0.99] * 12)

    assert statuses.count(200) == 6
    assert pacer.tallies["order"].max_in_fixed_window == 12


def test_insisting_on_being_refused_ends_in_a_block_that_grows():
    pacer = Pacer()
    pacer.refusals_allowed = 3

    first = [pacer.admit("order", "ann", SECOND_S) for _ in range(16)]
    during = pacer.admit("default", "ann", SECOND_S + 4.5)
    after = pacer.admit("order", "ann", SECOND_S + 10.0)
    second = [pacer.admit("order", "ann", SECOND_S + 10.0) for _ in range(15)]

    assert [verdict.status for verdict in first] == [200] * 12 + [429] * 3 + [418]
    assert first[-1].blocked_s == 10
    assert (during.status, during.blocked_s) == (418, 6)
    assert after.status == 200
    assert (second[-1].status, second[-1].blocked_s) == (418, 20)
    assert pacer.tallies["order"].blocked_418 == 2


def test_a_blocked_account_leaves_other_accounts_and_the_quotation_side_alone():
    pacer = Pacer()
    pacer.block("account", "ann", 30.0, SECOND_S)

    assert send(pacer, [SECOND_S]) == [418]
    assert send(pacer, [SECOND_S], caller="bob") == [200]
    assert send(pacer, [SECOND_S], group="ticker", caller="127.0.0.1") == [200]


def test_a_forgiven_caller_begins_anew():
    pacer = Pacer()
    pacer.block("account", "ann", 3_000.0, SECOND_S)
    pacer.forgive()

    assert send(pacer, [SECOND_S]) == [200]


def test_spread_refusals_are_borne_with():
    # 11.1 requests a second for 45 s met one 429 a second and no 418 (measured by others on 2025-09-12).
    pacer = Pacer()

    statuses = send(pacer, [SECOND_S + n / 11.1 for n in range(500)], "candles", "127.0.0.1")

    assert set(statuses) == {200, 429}
