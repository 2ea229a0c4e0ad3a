"""Money the venue locks without an order behind it is not free, and a person hears of it when it stays."""

from tests.brain.scenery import Stage, dec, stranger

from hoga.model.events import AccountsReported, Balance, OrderReport, OrderStateSeen


def balances(stage: Stage, *, krw_locked: str = "0", krw: str = "10_000_000") -> AccountsReported:
    """What the venue says of an account that owns as much as ever, so much of it locked."""
    rows = (
        Balance(currency="KRW", free=dec(krw) - dec(krw_locked), locked=dec(krw_locked)),
        Balance(currency="BTC", free=stage.btc, locked=dec(0)),
    )
    return AccountsReported(balances=rows, asked_ns=stage.now_ns, received_ns=stage.now_ns)


def look(stage: Stage, told: AccountsReported, *orders: OrderReport) -> None:
    """Balances between two lists that agree."""
    for answer in (stage.listing(*orders), told, stage.listing(*orders)):
        stage.handle(answer)


def test_money_locked_for_nothing_is_never_free_and_an_alarm_when_it_is_seen_twice_a6():
    stage = Stage()
    stage.wait(1)
    look(stage, balances(stage, krw_locked="4000000"))
    at_once = stage.brain.portfolio.cash()
    silent = not stage.noted("alert")
    asked = stage.wait(5.1)
    look(stage, balances(stage, krw_locked="4000000"))

    assert at_once == dec(6_000_000)
    assert silent
    assert asked
    assert [note.fields["locked"] for note in stage.noted("alert")] == [dec(4_000_000)]
    assert stage.brain.portfolio.cash() == dec(6_000_000)
    assert stage.brain.portfolio.total("KRW") == dec(10_000_000)
    assert stage.brain.summary().differences == 0


def test_no_order_is_placed_with_it_a6():
    stage = Stage()
    stage.wait(1)
    look(stage, balances(stage, krw_locked="9500000"))

    refused = stage.buy(99_000_000, "0.01")

    assert not stage.order(refused).is_open
    assert stage.place_orders() == []


def test_it_is_free_again_when_the_lock_goes_and_is_told_of_once_a6():
    stage = Stage()
    for _ in range(4):
        stage.wait(6)
        look(stage, balances(stage, krw_locked="4000000"))
    stage.wait(30)
    look(stage, balances(stage))

    assert len(stage.noted("alert")) == 1
    assert [note.fields["amount"] for note in stage.noted("lock_gone")] == [dec(4_000_000)]
    assert stage.brain.portfolio.cash() == dec(10_000_000)


def test_a_lock_that_was_gone_at_the_second_look_was_none():
    stage = Stage()
    stage.wait(1)
    look(stage, balances(stage, krw_locked="4000000"))
    stage.wait(6)
    look(stage, balances(stage))

    assert not stage.noted("alert")
    assert not stage.noted("lock_gone")
    assert stage.brain.portfolio.cash() == dec(10_000_000)


def test_what_orders_by_hand_lock_is_taken_off_once_and_not_twice():
    stage = Stage()
    by_hand = stranger("by hand", locked="4000000")
    for _ in range(2):
        stage.wait(6)
        look(stage, balances(stage, krw_locked="4000000"), by_hand)

    assert stage.brain.portfolio.cash() == dec(6_000_000)
    assert not stage.noted("alert")


def test_our_own_orders_explain_what_they_lock():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    for _ in range(2):
        stage.wait(6)
        look(stage, balances(stage, krw_locked="990495"), stage.report(order_id))

    assert stage.brain.portfolio.cash() == dec("9009505")
    assert not stage.noted("alert")


def test_an_order_that_came_between_the_two_lists_proves_nothing_r27():
    stage = Stage()
    for _ in range(2):
        stage.wait(6)
        told = balances(stage, krw_locked="4000000")
        for answer in (stage.listing(stranger("by hand", locked="4000000")), told, stage.listing()):
            stage.handle(answer)

    assert not stage.noted("alert")
    assert stage.brain.portfolio.cash() == dec(10_000_000)


def test_while_an_order_is_of_unknown_fate_its_currency_is_not_judged():
    stage = Stage()
    stage.buy(99_000_000, "0.01")
    for _ in range(2):
        stage.wait(6)
        look(stage, balances(stage, krw_locked="990495"))

    assert stage.brain.portfolio.cash() == dec("9009505")
    assert not [note for note in stage.noted("alert") if "locked" in note.fields]


def test_balances_are_judged_only_with_a_list_asked_for_after_them_r27():
    stage = Stage()
    order_id = stage.buy(99_000_000, "0.01")
    stage.accept(order_id)
    for _ in range(3):
        stage.wait(6)
        told = AccountsReported(balances=balances(stage, krw="9009505").balances, received_ns=stage.now_ns)
        stage.handle(told)
    unjudged = not stage.noted("difference_seen")
    traded = stage.report(order_id, OrderStateSeen.WAIT, "0.01")
    stage.handle(stage.listing(traded))

    assert unjudged
    assert stage.brain.summary().differences == 0
    assert not stage.noted("difference_seen"), "the list told of a trade, so the balances are not held against it"
