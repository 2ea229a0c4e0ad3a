"""What a journal knows of the money limits: the newest word of each account, until a person lets them begin anew."""

import msgspec
import pytest
from tests.store.scenery import decided, place

from hoga.model.money import ZERO, amount
from hoga.model.recovered import MoneyMemory, Owned
from hoga.store.money import DAY_NS
from hoga.store.records import (
    BY_LIMITS,
    BrainMade,
    KillPulled,
    KillReleased,
    MoneyNoted,
    Record,
    RunBegan,
    decode,
    encode,
)
from hoga.store.recovery import recover_records

KNOWN = MoneyMemory(
    account="upbit",
    first_ns=5,
    orders=12,
    day=20_781,
    start=amount("9990000.5"),
    peak=amount(10_100_000),
    turnover=amount(99_000),
    fees=amount("49.5"),
    owned=(Owned(currency="BTC", volume=amount("0.1"), price=amount(99_000_000)),),
)


def noted(memory: MoneyMemory, number: int = 1) -> MoneyNoted:
    return MoneyNoted(number=number, memory=memory)


def test_the_newest_word_of_each_account_comes_back_to_the_last_digit():
    paper = msgspec.structs.replace(KNOWN, account="simulator", peak=amount(7))
    older = msgspec.structs.replace(KNOWN, peak=amount(1))
    records = [noted(older), noted(paper, 2), noted(KNOWN, 3)]
    again = [decode(encode(record), "here") for record in records]

    assert set(recover_records(again).money) == {KNOWN, paper}


def pull(reason: str, by: str) -> KillPulled:
    return KillPulled(reason=reason, at_ns=1, by=by)


@pytest.mark.parametrize(
    ("pulled", "begins_anew"),
    [
        (
            [KillPulled(reason="loss", at_ns=1, by=BY_LIMITS), KillPulled(reason="loss", at_ns=2, by="an earlier run")],
            True,
        ),
        ([KillPulled(reason="drill", at_ns=1, by="a signal")], False),
        ([], False),
    ],
)
def test_a_released_kill_lets_the_limits_that_pulled_it_begin_anew(pulled: list[Record], begins_anew: bool):
    (known,) = recover_records([noted(KNOWN), *pulled, KillReleased(at_ns=3), KillReleased(at_ns=4)]).money

    assert (known.start, known.peak) == ((None, ZERO) if begins_anew else (KNOWN.start, KNOWN.peak))
    assert (known.first_ns, known.orders, known.turnover) == (KNOWN.first_ns, KNOWN.orders, KNOWN.turnover)
    assert recover_records([noted(KNOWN), *pulled]).money == (KNOWN,)


def began(account: str) -> RunBegan:
    made = BrainMade(strategy="grid", params={}, risk={}, markets=(), now_ns=0, reconcile_every_s=30, account=account)
    return RunBegan(run_id="hg-1", id_prefix="hg-1-", version="1", at_ns=0, brain=made)


def test_the_orders_of_the_last_day_come_back_by_account_k12():
    moments = (1, 5, 5 + DAY_NS, 6 + DAY_NS)
    orders: list[Record] = [
        decided(place(f"hg-{number}"), number=number, at_ns=at_ns) for number, at_ns in enumerate(moments)
    ]
    paper: list[Record] = [began("simulator"), decided(place("hg-p"), number=9, at_ns=7)]
    (known,) = recover_records([began("upbit"), *orders[:2], noted(KNOWN), *paper, began("upbit"), *orders[2:]]).money

    assert known.sent_ns == (5 + DAY_NS, 6 + DAY_NS)
