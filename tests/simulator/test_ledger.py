"""Money moves and is never made; nobody but the outside may owe."""

import pytest
from tests.simulator.core_scenery import D, these

from hoga.model.errors import HogaError, MoneyError
from hoga.simulator.core.ledger import FEES, OUTSIDE, Ledger


def ledger_with(**balances: str) -> Ledger:
    ledger = Ledger()
    ledger.open("ann", {currency: D(amount) for currency, amount in balances.items()})
    return ledger


def test_first_balances_come_from_outside_so_that_everything_sums_to_zero():
    ledger = ledger_with(KRW="1000", BTC="0.1")

    ledger.check()

    assert ledger.free(OUTSIDE, "KRW") == -1000
    assert ledger.free("ann", "BTC") == D("0.1")


def test_locked_money_cannot_be_spent_and_comes_back_whole():
    ledger = ledger_with(KRW="1000")

    ledger.lock("ann", "KRW", D("600.25"))

    assert ledger.free("ann", "KRW") == D("399.75")
    with pytest.raises(MoneyError):
        ledger.lock("ann", "KRW", D(400))

    ledger.release("ann", "KRW", D("600.25"))
    assert these(ledger.balance("ann", "KRW").free, ledger.balance("ann", "KRW").locked) == (1000, 0)


def test_what_stands_behind_an_order_is_paid_and_the_fee_goes_to_the_venue():
    ledger = ledger_with(KRW="1000", BTC="0")
    ledger.open("bob", {"BTC": D(1)})
    ledger.lock("ann", "KRW", D(500))
    ledger.lock("bob", "BTC", D(1))

    ledger.pay("ann", "bob", "KRW", D(500))
    ledger.pay("bob", "ann", "BTC", D(1))
    ledger.charge("bob", "KRW", D("0.25"))

    ledger.check()
    assert ledger.free("bob", "KRW") == D("499.75")
    assert ledger.free("ann", "BTC") == 1
    assert ledger.free(FEES, "KRW") == D("0.25")


def test_nobody_can_be_overdrawn():
    ledger = ledger_with(KRW="10")

    for overdraw in (
        lambda: ledger.lock("ann", "KRW", D(11)),
        lambda: ledger.withdraw("ann", "KRW", D(11)),
        lambda: ledger.release("ann", "KRW", D(1)),
        lambda: ledger.pay("ann", OUTSIDE, "KRW", D(1)),
        lambda: ledger.charge("ann", "KRW", D(11)),
        lambda: ledger.lock("ann", "BTC", D(1)),
    ):
        with pytest.raises(MoneyError):
            overdraw()
    ledger.check()
    assert ledger.free("ann", "KRW") == 10


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_only_sensible_amounts_can_be_deposited(amount: str):
    with pytest.raises(MoneyError):
        ledger_with(KRW="0").deposit("ann", "KRW", D(amount))


def test_no_move_runs_backwards():
    ledger = ledger_with(KRW="10")
    ledger.lock("ann", "KRW", D(5))

    for backwards in (
        lambda: ledger.lock("ann", "KRW", D(-1)),
        lambda: ledger.release("ann", "KRW", D(-1)),
        lambda: ledger.pay("ann", OUTSIDE, "KRW", D(-1)),
        lambda: ledger.withdraw("ann", "KRW", D(-1)),
    ):
        with pytest.raises(MoneyError):
            backwards()


def test_only_the_currencies_that_moved_are_told_and_only_once():
    ledger = ledger_with(KRW="10", BTC="1")
    assert ledger.take_changed("ann") == ()

    ledger.lock("ann", "KRW", D(4))

    (changed,) = ledger.take_changed("ann")
    assert these(changed.currency, changed.free, changed.locked) == ("KRW", 6, 4)
    assert ledger.take_changed("ann") == ()


def test_the_mean_buy_price_follows_buys_and_ignores_deposits():
    ledger = ledger_with(KRW="10", BTC="5")

    ledger.note_buy("ann", "BTC", D(2), D(200))
    ledger.deposit("ann", "BTC", D(2))
    assert ledger.balance("ann", "BTC").avg_buy_price == 100

    ledger.note_buy("ann", "BTC", D(7), D(1400))
    assert ledger.balance("ann", "BTC").avg_buy_price == 150


def test_a_made_up_won_is_found():
    ledger = ledger_with(KRW="10")
    ledger._purse("ann", "KRW").free += D("0.00000001")

    with pytest.raises(MoneyError, match="made or lost"):
        ledger.check()


def test_unknown_accounts_and_second_openings_are_refused():
    ledger = ledger_with(KRW="10")

    with pytest.raises(HogaError, match="no account"):
        ledger.balances("bob")
    with pytest.raises(HogaError, match="already"):
        ledger.open("ann", {})
