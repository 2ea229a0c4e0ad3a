"""The ledger believes the venue only when the same difference is seen twice with time in between."""

from tests.brain.scenery import SECOND_NS, Stage, dec

from hoga.model.commands import QueryAccounts, QueryOpenOrders
from hoga.model.events import AccountsReported, Balance, BalanceChanged


def test_agreement_says_nothing():
    stage = Stage()
    stage.wait(1)
    stage.compare(stage.accounts())

    assert stage.brain.summary().differences == 0
    assert stage.brain.summary().reconciliations == 1


def test_a_deposit_is_taken_over_when_it_is_seen_twice_a4():
    stage = Stage()
    stage.wait(1)
    stage.compare(stage.accounts(krw=10_500_000))
    once = stage.brain.portfolio.cash()
    asked = stage.wait(5.1)
    stage.compare(stage.accounts(krw=10_500_000))

    assert once == dec(10_000_000)
    assert QueryOpenOrders() in asked
    assert stage.brain.portfolio.cash() == dec(10_500_000)
    assert stage.brain.summary().differences == 1
    assert stage.brain.summary().profit == 0
    assert [note.fields["difference"] for note in stage.noted("ledger_corrected")] == [dec(500_000)]


def test_the_same_difference_seen_again_too_soon_is_not_believed_r27():
    stage = Stage()
    stage.wait(1)
    stage.compare(stage.accounts(krw=10_500_000))
    stage.wait(3)
    stage.compare(stage.accounts(krw=10_500_000))

    assert stage.brain.summary().differences == 0


def test_a_fill_under_way_is_no_difference():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    stage.wait(1)
    stage.compare(stage.accounts(krw="9009505", btc="0.01"))
    stage.fill(order_id, "t", "0.01")
    stage.wait(6)
    stage.compare(stage.accounts(krw="9009505", btc="0.01"))

    assert stage.brain.summary().differences == 0
    assert stage.brain.portfolio.cash() == dec("9009505")


def test_an_answer_older_than_a_fill_is_not_compared():
    stage = Stage()
    old = stage.accounts()
    order_id = stage.buy(99_000_000, "0.01")
    stage.wait(1)
    stage.fill(order_id, "t", "0.01")
    for _ in range(2):
        stage.compare(AccountsReported(balances=old.balances, asked_ns=old.asked_ns, received_ns=stage.now_ns))
        stage.wait(6)

    assert stage.brain.summary().differences == 0
    assert not stage.noted("difference_seen")


def test_a_balance_message_alone_changes_nothing():
    stage = Stage()
    balance = Balance(currency="KRW", free=dec(1), locked=dec(0))
    for _ in range(3):
        stage.handle(BalanceChanged(balances=(balance,), received_ns=stage.now_ns))
        stage.wait(6)

    assert stage.brain.portfolio.cash() == dec(10_000_000)
    assert stage.brain.summary().differences == 0


def test_locked_money_counts_as_owned():
    stage = Stage()
    stage.wait(1)
    balances = (
        Balance(currency="KRW", free=dec(4_000_000), locked=dec(6_000_000)),
        Balance(currency="BTC", free=dec(0), locked=dec(0)),
    )
    stage.compare(AccountsReported(balances=balances, asked_ns=stage.now_ns, received_ns=stage.now_ns))

    assert not stage.noted("difference_seen")


def test_the_beat_asks_for_balances_between_two_lists_of_open_orders_r27():
    stage = Stage()

    for _ in range(2):
        assert stage.wait(30.5) == [QueryOpenOrders()]
        assert stage.handle(stage.listing()) == [QueryAccounts()]
        assert stage.handle(stage.accounts()) == [QueryOpenOrders()]
        assert stage.handle(stage.listing()) == []


def test_coins_sold_by_hand_leave_the_position_a3():
    stage = Stage(btc=1)
    stage.wait(SECOND_NS / 1e9)
    stage.compare(stage.accounts(krw=60_000_000, btc="0.5"))
    stage.wait(6)
    stage.compare(stage.accounts(krw=60_000_000, btc="0.5"))

    assert stage.brain.portfolio.position("KRW-BTC") == dec("0.5")
    assert stage.brain.summary().differences == 2
