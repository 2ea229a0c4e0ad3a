"""The limiter against a venue that counts strictly, on a clock of its own."""

from collections.abc import Iterator
from itertools import count
from math import inf

import pytest
from hypothesis import given, strategies as st
from tests.upbit.venue_model import Counting, Run, Venue, jittery, steady

from hoga.upbit.limits.limiter import BLOCK_S, GROUPS, GroupLimit, RateLimiter, Window

EVERY_COUNTING = pytest.mark.parametrize("shows", list(Counting))


def saturated(venue: Venue, round_trip_s: float, limiter: RateLimiter | None = None) -> Run:
    return Run(venue, limiter or RateLimiter(), steady(round_trip_s / 2), steady(round_trip_s / 2))


def every(period_s: float, begin_s: float) -> Iterator[float]:
    return (begin_s + n * period_s for n in count())


# ---------------------------------------------------------------- a limit used to the full


@EVERY_COUNTING
@pytest.mark.parametrize("round_trip_s", [0.0, 0.001, 0.02])
def test_a_fast_network_gets_97_percent_of_the_limit_and_no_refusal(shows: Counting, round_trip_s: float):
    outcome = saturated(Venue(12, shows), round_trip_s).until(60.0)

    assert len(outcome.accepted) >= 0.97 * 12 * 60
    assert outcome.refused == []


@EVERY_COUNTING
@pytest.mark.parametrize("seed", range(5))
def test_a_jittery_network_gets_95_percent_of_what_its_round_trips_allow(shows: Counting, seed: int):
    run = Run(Venue(12, shows), RateLimiter(), jittery(2 * seed), jittery(2 * seed + 1))

    outcome = run.until(60.0)

    assert len(outcome.accepted) >= 0.95 * 60 * 12 / (1 + 0.3)
    assert outcome.refused == []


@given(
    seed=st.integers(0, 10_000),
    limit=st.integers(1, 30),
    most_s=st.sampled_from([0.0, 0.005, 0.05, 0.3, 1.5]),
    phase_s=st.floats(0, 1),
    busy=st.floats(0.05, 1),
    lossy=st.sampled_from([0.0, 0.1]),
)
def test_whatever_the_network_does_no_window_holds_too_many_r20(
    seed: int, limit: int, most_s: float, phase_s: float, busy: float, lossy: float
):
    limiter = RateLimiter({"order": GroupLimit((Window(limit),))})
    run = Run(Venue(limit, phase_s=phase_s), limiter, jittery(seed, most_s), jittery(seed + 1, most_s))
    moods = jittery(seed + 2, 1.0)
    run.hungry = lambda: moods() < busy
    run.loses_answer = lambda: moods() < lossy
    for n in range(400):
        run.at(n * 0.02, run.pump)

    assert run.until(8.0).refused == []


# ---------------------------------------------------------------- limits that change


@EVERY_COUNTING
@pytest.mark.parametrize("round_trip_s", [0.001, 0.02])
@pytest.mark.parametrize("lowered_s", [20.0, 20.01, 20.03, 20.4])
def test_a_limit_lowered_in_silence_costs_three_refusals_at_most_r18(
    shows: Counting, round_trip_s: float, lowered_s: float
):
    venue = Venue(12, shows)
    run = saturated(venue, round_trip_s)
    run.at(lowered_s, lambda: setattr(venue, "limit", 8))

    outcome = run.until(60.0)

    assert len(outcome.refused) <= 3
    assert all(at < lowered_s + 1.1 for at in outcome.refused)
    assert outcome.accepted_between(30.0, 60.0) >= 0.8 * 8 * 30


@EVERY_COUNTING
@pytest.mark.parametrize("round_trip_s", [0.001, 0.02])
@pytest.mark.parametrize("begin_s", [5.1, 5.35, 5.6])
def test_another_client_that_uses_half_costs_three_refusals_at_most_r21(
    shows: Counting, round_trip_s: float, begin_s: float
):
    run = saturated(Venue(12, shows), round_trip_s)
    run.others(every(1 / 6, begin_s), until_s=60.0)

    outcome = run.until(60.0)

    assert len(outcome.refused) <= 3


def test_when_the_other_client_is_gone_its_half_is_used_again_within_two_minutes():
    run = saturated(Venue(12), 0.02)
    run.others(every(1 / 6, 5.0), until_s=30.0)

    outcome = run.until(180.0)

    assert outcome.accepted_between(150.0, 180.0) >= 0.95 * 12 * 30


@pytest.mark.parametrize("shows", [Counting.FIXED, Counting.BUCKET])
def test_a_raised_limit_is_followed_within_a_minute(shows: Counting):
    venue = Venue(12, shows)
    run = saturated(venue, 0.02)
    run.at(10.0, lambda: setattr(venue, "limit", 16))

    outcome = run.until(100.0)

    assert outcome.accepted_between(70.0, 100.0) >= 0.95 * 16 * 30
    assert outcome.refused == []


def test_a_limit_that_comes_back_is_used_within_a_minute():
    venue = Venue(8)
    run = saturated(venue, 0.02)
    run.at(10.0, lambda: setattr(venue, "limit", 12))

    outcome = run.until(100.0)

    assert outcome.accepted_between(70.0, 100.0) >= 0.95 * 12 * 30


def test_a_raise_is_given_back_when_the_limit_falls_again():
    venue = Venue(16)
    run = saturated(venue, 0.001)
    run.at(20.0, lambda: setattr(venue, "limit", 12))

    outcome = run.until(60.0)

    assert len(outcome.refused) <= 3
    assert run.limiter.state(60.0)[0].limit <= 12


@EVERY_COUNTING
def test_without_the_header_the_local_window_holds_and_a_lower_limit_is_found_by_refusals_r19(shows: Counting):
    venue = Venue(12, shows)
    run = saturated(venue, 0.02)
    run.header = lambda left: None
    run.at(20.0, lambda: setattr(venue, "limit", 8))

    outcome = run.until(60.0)

    assert outcome.accepted_between(0.0, 20.0) >= 0.95 * 12 * 20
    assert len(outcome.refused) <= 6
    assert outcome.accepted_between(30.0, 60.0) >= 0.6 * 8 * 30


@pytest.mark.parametrize(
    "header",
    [
        "",
        "group=order",
        "group=order; min=480; sec=-3",
        "group=order; min=480; sec=x",
        "group=order; min=480; sec=9999999999",
        "group=default; min=1800; sec=0",
        "sec=0",
        "\x00\xff" * 40,
    ],
)
def test_a_header_that_makes_no_sense_teaches_nothing_r19(header: str):
    run = saturated(Venue(12), 0.02)
    run.header = lambda left: header

    outcome = run.until(20.0)

    assert outcome.refused == []
    assert len(outcome.accepted) >= 0.97 * 12 * 20
    assert run.limiter.state(20.0)[0].limit == 12


def test_a_header_that_promises_far_too_much_is_believed_only_so_far_r19():
    limiter = RateLimiter()
    for second in range(60):
        permit = limiter.take("order", float(second))
        limiter.answered(permit, second + 0.01, "group=order; min=480; sec=99999")

    assert limiter.state(60.0)[0].limit == 48


# ---------------------------------------------------------------- single rules


def test_a_permit_comes_back_one_window_after_its_answer():
    limiter = RateLimiter({"order": GroupLimit((Window(1),))})
    permit = limiter.take("order", 10.0)

    assert limiter.ready_at("order", 10.1) == inf

    limiter.answered(permit, 10.3)

    assert limiter.ready_at("order", 10.4) == pytest.approx(11.3, abs=0.01)
    assert limiter.ready_at("order", 11.31) == 11.31


def test_a_lost_answer_holds_its_permit_for_a_window_and_a_request_never_sent_holds_none():
    limiter = RateLimiter({"order": GroupLimit((Window(1),))})
    limiter.lost(limiter.take("order", 0.0), 10.0)

    assert limiter.ready_at("order", 10.5) > 11.0

    limiter.not_sent(limiter.take("order", 20.0))

    assert limiter.ready_at("order", 20.0) == 20.0


def test_a_burst_sends_scouts_first():
    limiter = RateLimiter()
    permits = [limiter.take("order", 0.0) for _ in range(3)]

    assert limiter.ready_at("order", 0.0) == inf

    limiter.answered(permits[0], 0.01, "group=order; min=480; sec=11")

    assert limiter.ready_at("order", 0.01) == 0.01


def test_a_part_of_the_default_group_is_kept_for_urgent_requests():
    limiter = RateLimiter()
    for _ in range(27):
        limiter.answered(limiter.take("default", 0.0), 0.0)

    assert limiter.ready_at("default", 0.0) > 0.9
    assert limiter.ready_at("default", 0.0, urgent=True) == 0.0


def test_cancel_all_leaves_once_in_two_seconds():
    limiter = RateLimiter()
    limiter.answered(limiter.take("order-cancel-all", 0.0), 0.01, "group=order-cancel-all; min=30; sec=0")

    assert limiter.ready_at("order-cancel-all", 1.0) == pytest.approx(2.01, abs=0.01)


def test_a_refusal_closes_its_group_for_a_window_and_no_other_r16():
    limiter = RateLimiter()
    limiter.answered(limiter.take("order", 5.0), 5.0)
    limiter.refused("order", 5.0)

    assert limiter.ready_at("order", 5.5) >= 6.0
    assert limiter.ready_at("default", 5.5) == 5.5


def test_a_block_stops_every_group_until_its_time_and_one_second_r17():
    limiter = RateLimiter()

    assert limiter.block_all(100.0, 7.0) == 108.0
    assert limiter.ready_at("order", 101.0) == 108.0
    assert limiter.ready_at("default", 107.9, urgent=True) == 108.0
    assert limiter.reserve("websocket-connect", 101.0) == 108.0
    assert limiter.ready_at("order", 108.0) == 108.0


def test_a_block_without_a_time_lasts_a_minute_and_doubles_until_a_time_is_named_r17():
    limiter = RateLimiter()

    assert limiter.block_all(0.0) == BLOCK_S + 1
    assert limiter.block_all(1_000.0) == 1_000 + 2 * BLOCK_S + 1
    assert limiter.block_all(2_000.0, 5.0) == 2_006
    assert limiter.block_all(3_000.0) == 3_000 + BLOCK_S + 1


def test_websocket_messages_keep_both_of_their_windows():
    limiter = RateLimiter()
    moments = [limiter.reserve("websocket-message", 0.0) for _ in range(300)]

    assert moments == sorted(moments)
    assert all(b - a >= 1.0 for a, b in zip(moments, moments[5:], strict=False))
    assert all(b - a >= 60.0 for a, b in zip(moments, moments[100:], strict=False))


def test_websocket_connects_are_five_a_second_w8():
    limiter = RateLimiter()
    moments = [limiter.reserve("websocket-connect", 0.0) for _ in range(6)]

    assert moments[:5] == [0.0] * 5
    assert moments[5] >= 1.0


def test_the_limits_are_those_of_the_venues_page():
    per_second = {name: rule.windows[0].limit for name, rule in GROUPS.items() if rule.windows[0].per_s == 1.0}

    assert per_second == {
        "order": 12,
        "order-test": 8,
        "default": 30,
        **dict.fromkeys(["market", "candles", "crix-trades", "ticker", "orderbook"], 10),
        **dict.fromkeys(["websocket-connect", "websocket-message"], 5),
    }
