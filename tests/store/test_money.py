"""What a journal knows of the money limits: the newest word of each account, until a person lets them begin anew."""

import msgspec
import pytest

from hoga.model.money import ZERO, amount
from hoga.model.recovered import MoneyMemory, Owned
from hoga.store.records import BY_LIMITS, KillPulled, KillReleased, MoneyNoted, Record, decode, encode
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
