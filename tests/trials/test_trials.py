"""Each trial for a few seconds: what must never happen, and not how fast it goes."""

import pytest
from trials.exchange import served
from trials.frozen import MARKETS, freeze
from trials.kills import KINDS, kill
from trials.limits import LIMIT_PER_S, saturate

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
