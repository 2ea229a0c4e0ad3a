"""Each trial for a few seconds: what must never happen, and not how fast it goes."""

from decimal import Decimal

import pytest
from trials.exchange import served
from trials.frozen import MARKETS, freeze
from trials.judging import Written, invented, lost, money, untracked
from trials.kills import KINDS, kill
from trials.limits import LIMIT_PER_S, saturate
from trials.sigkills import kill_processes

#: The others take their time: a dead line is found within twenty seconds, a busy venue is left alone for five.
SLOW_KINDS = {"a black hole", "close 1001, then refused twice"}
QUICK_KINDS = tuple(kind for kind in KINDS if kind[0] not in SLOW_KINDS)
SECONDS = 4.0


@pytest.mark.parametrize("delays_ms", [[0, 0], [0, 200]], ids=["near", "far"])
async def test_a_saturated_limit_is_never_exceeded(delays_ms):
    async with served() as there:
        await there.move("latency", in_ms=delays_ms, out_ms=delays_ms)
        saw = await saturate(there, SECONDS)

    assert saw.accepted > 0
    assert saw.refused_429 == 0
    assert max(saw.busiest_fixed, saw.busiest_sliding) <= LIMIT_PER_S


@pytest.mark.parametrize(
    "change", [{"limits": {"order": 8}}, {"foreign_per_s": {"order": 6}}], ids=["lowered", "shared"]
)
async def test_a_limit_that_shrinks_without_a_word_costs_at_most_three_refusals(change):
    async with served() as there:
        saw = await saturate(there, SECONDS, script={1.0: change})

    assert saw.accepted > 0
    assert saw.refused_429 <= 3


async def test_with_rest_frozen_the_market_is_heard_and_every_order_is_decided_afterwards():
    async with served(markets=MARKETS) as there:
        saw = await freeze(there, SECONDS)

    assert saw.heard > 0
    assert saw.orders > 0
    assert (saw.undecided, saw.differences) == (0, 0)


async def test_after_sockets_died_in_every_quick_way_the_books_are_equal_and_nothing_is_open():
    async with served() as there:
        saw = await kill(there, len(QUICK_KINDS), kinds=QUICK_KINDS, pace_s=1.0)

    assert saw.kills == len(QUICK_KINDS)
    assert (saw.differences, saw.refused_429, saw.left_open, saw.open_at_venue) == (0, 0, 0, 0)


async def test_a_bot_that_is_killed_again_and_again_leaves_nothing_that_its_journal_does_not_have(tmp_path):
    saw = await kill_processes(8, 1, tmp_path)

    assert saw.found == []
    assert saw.kills == 8
    assert saw.fills > 0


def test_the_judge_sees_an_order_that_is_in_no_journal_and_a_wish_that_was_sent_twice():
    written = Written(placed={"hg-a-1": "why", "hg-b-1": "why"})
    orders = [{"uuid": f"u{number}", "identifier": name} for number, name in enumerate(("hg-a-1", "hg-b-1", "hg-c-1"))]

    assert [wrong.partition(":")[0] for wrong in untracked(written, orders)] == ["DUPLICATE", "UNTRACKED"]


def test_the_judge_sees_lost_wrong_and_invented_fills_and_money_that_is_not_there():
    trade = {"uuid": "t1", "side": "bid", "price": "100", "volume": "2", "at_ms": 5}
    order = {"uuid": "u1", "identifier": "hg-a-1", "market": "KRW-BTC", "paid_fee": "0.1", "trades": [trade]}
    right = {("u1", "t1"): (Decimal(100), Decimal(2), "buy")}
    there = {"KRW": Decimal("799.9"), "BTC": Decimal(2)}

    def found(fills, fees=(("u1", Decimal("0.1")),)):
        written = Written(fills=fills, fees=dict(fees))
        wrong = [
            *lost(written, [order], 10),
            *invented(written, [order]),
            *money(written, [order], {"KRW": Decimal(1000)}, there),
        ]
        return [one.partition(":")[0] for one in wrong]

    assert found(right) == []
    assert found({}) == ["LOST FILL", "MONEY", "MONEY"]
    assert found({("u1", "t1"): (Decimal(100), Decimal(1), "buy")}) == ["WRONG FILL", "MONEY", "MONEY"]
    assert found({**right, ("u1", "t2"): (Decimal(1), Decimal(1), "buy")}) == ["INVENTED FILL", "MONEY", "MONEY"]
    assert found(right, fees=()) == ["FEE", "MONEY"]
