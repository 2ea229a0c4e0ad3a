"""The book of fills: gains, what is unknown, and money that is conserved to the last digit."""

from decimal import Decimal

from hypothesis import given, settings, strategies as st
from tests.research.report.scenery import BEGIN, MILLION, RATE, fill, kst_ms, result, traded

from hoga.model.commands import Side
from hoga.model.events import Fill
from hoga.model.money import ZERO, exactly
from hoga.research.books.book import Book, book_of, book_of_result, totals
from hoga.research.books.entries import Gathering

BUY, SELL = Side.BUY, Side.SELL
PRICES = st.integers(1, 10**17).map(lambda n: Decimal(n).scaleb(-8))
VOLUMES = st.integers(1, 10**14).map(lambda n: Decimal(n).scaleb(-8))
TRADES = st.lists(st.tuples(st.sampled_from([BUY, SELL]), PRICES, VOLUMES), min_size=1, max_size=25)


def booked(*fills: Fill) -> Book:
    gathering = Gathering()
    for one in fills:
        gathering.add(one, "here")
    return book_of(gathering.entries())


def test_both_ways_of_counting_stand_beside_each_other():
    book = booked(fill(1, BUY, 1000, 1), fill(2, BUY, 2000, 1), fill(3, SELL, 3000, 1))

    sale = book.lines[-1]
    assert sale.average is not None
    assert sale.fifo is not None
    received = 3000 - Decimal("1.5")
    assert sale.average.gain == received - (3000 + Decimal("1.5")) / 2
    assert sale.fifo.gain == received - Decimal("1000.5")
    assert sale.fifo.bought_ms == BEGIN + 3_600_000
    assert [line.held for line in book.lines] == [1, 2, 1]


def test_a_sale_without_a_purchase_says_that_its_cost_is_unknown_and_gains_nothing():
    book = booked(fill(1, BUY, 1000, 1), fill(2, SELL, 1200, 3))

    (sale,) = [line for line in book.lines if line.average]
    (total,) = totals(book.lines)
    assert sale.average is not None
    assert sale.average.uncosted == 2
    assert sale.average.gain == (3600 - Decimal("1.8")) / 3 - Decimal("1000.5")
    assert (total.uncosted_sales, total.uncosted_proceeds) == (1, (3600 - Decimal("1.8")) / 3 * 2)


def test_a_fee_nobody_told_is_counted_and_what_it_touches_is_marked():
    book = booked(
        fill(1, BUY, 1000, 1, fee=None), fill(2, SELL, 1100, 1), fill(3, BUY, 1000, 1), fill(4, SELL, 1100, 1)
    )

    (total,) = totals(book.lines)
    assert (total.unknown_fees, total.uncertain_gains) == (1, 1)
    assert total.fees == Decimal("0.55") + Decimal("0.5") + Decimal("0.55")
    assert [line.average.fees_known for line in book.lines if line.average] == [False, True]


def test_a_year_is_a_korean_year_and_costs_may_be_older():
    eve, new_year = kst_ms(2026, 12, 31, 23), kst_ms(2027, 1, 1)
    book = booked(fill(1, BUY, 1000, 1, at_ms=eve), fill(2, SELL, 1500, 1, at_ms=new_year))

    this, following = totals(book.lines)
    (line,) = book.of_year(2027)
    assert (this.year, following.year) == (2026, 2027)
    assert this.gain_average == 0
    assert following.gain_average == 1500 - Decimal("0.75") - Decimal("1000.5")
    assert line.entry.at_ms == new_year
    assert len(book.of_year(None)) == 2


def test_currencies_and_markets_are_kept_apart():
    book = booked(
        fill(1, BUY, 1000, 1),
        fill(2, BUY, "0.05", 1, code="BTC-ETH"),
        fill(3, SELL, "0.06", 1, code="BTC-ETH"),
    )

    by_currency = {total.currency: total for total in totals(book.lines)}
    assert by_currency["BTC"].gain_fifo == Decimal("0.06") * (1 - RATE) - Decimal("0.05") * (1 + RATE)
    assert by_currency["KRW"].gain_fifo == 0
    assert book.fifo["BTC-ETH"] == ()
    assert [lot.volume for lot in book.fifo["KRW-BTC"]] == [1]


def test_the_book_of_a_result_gains_what_the_result_gained():
    made = traded()
    book = book_of_result(made)
    (total,) = totals(book.lines)

    for gain, lots in ((total.gain_average, book.average), (total.gain_fifo, book.fifo)):
        left = lots["KRW-BTC"]
        volume, cost = sum(lot.volume for lot in left), sum(lot.cost for lot in left)
        assert gain + volume * made.last_prices["KRW-BTC"] - cost == made.ending_equity - made.starting_equity


def test_coins_a_test_began_with_count_as_bought_at_the_first_price():
    book = book_of_result(result(starting={"KRW": MILLION, "BTC": Decimal(2)}, fills=[fill(1, SELL, 1100, 1)]))

    (sale,) = book.lines
    assert sale.fifo is not None
    assert sale.fifo.cost == 1000
    assert sale.fifo.uncosted == 0


@settings(max_examples=60)
@given(trades=TRADES)
def test_gains_and_lots_are_what_was_paid_and_received_to_the_last_digit(trades):
    with exactly():
        fills, held, cash = [], ZERO, ZERO
        for number, (side, price, volume) in enumerate(trades):
            sold = min(volume, held) if side is SELL else volume
            if not sold:
                continue
            fills.append(fill(number, side, price, sold))
            funds, fee = price * sold, price * sold * RATE
            held += sold if side is BUY else -sold
            cash += (funds if side is SELL else -funds) - fee
        book = booked(*fills)
        last = Decimal("123456789.12345678")
        gains = totals(book.lines)
        for gain, lots in (
            (sum((t.gain_average for t in gains), ZERO), book.average.get("KRW-BTC", ())),
            (sum((t.gain_fifo for t in gains), ZERO), book.fifo.get("KRW-BTC", ())),
        ):
            assert sum((lot.volume for lot in lots), ZERO) == held
            unrealised = held * last - sum((lot.cost for lot in lots), ZERO)
            assert gain + unrealised == cash + held * last
