"""What we began with plus all that came in minus all that went out is what we own, to the last digit."""

from decimal import Decimal

from hypothesis import given, strategies as st
from tests.brain.scenery import Stage, dec

from hoga.brain.market_view import MarketView
from hoga.brain.portfolio import Portfolio
from hoga.model.commands import Side, VenueOrderId
from hoga.model.events import Balance, Fill, OrderStateSeen
from hoga.model.money import floor_volume


def portfolio_of(krw: str, btc: str, average: str | None = None) -> Portfolio:
    view = MarketView("KRW-BTC")
    view.price = view.first = dec(100)
    made = Portfolio({"KRW-BTC": view})
    cost = dec(average) if average else None
    made.open_with(
        [
            Balance(currency="KRW", free=dec(krw), locked=dec(0)),
            Balance(currency="BTC", free=dec(btc), locked=dec(0), avg_buy_price=cost),
        ]
    )
    return made


def fill(side: Side, price: str | Decimal, volume: str | Decimal) -> Fill:
    return Fill(
        trade_id=f"{side}{price}{volume}",
        venue_id=VenueOrderId("v"),
        order_id=None,
        market="KRW-BTC",
        side=side,
        price=Decimal(price),
        volume=Decimal(volume),
    )


def book(portfolio: Portfolio, side: Side, price: str, volume: str, fee: str = "0") -> None:
    portfolio.book(fill(side, price, volume), dec(fee), 1)


def test_gains_use_the_average_cost_and_fees_are_apart():
    portfolio = portfolio_of("1000", "0")
    book(portfolio, Side.BUY, "100", "2", "0.1")
    book(portfolio, Side.BUY, "130", "1", "0.1")
    book(portfolio, Side.SELL, "120", "1", "0.2")

    assert portfolio.average_price("KRW-BTC") == dec(110)
    assert portfolio.realised() == dec(10)
    assert portfolio.unrealised() == dec(-20)
    assert portfolio.fees == {"KRW": dec("0.4")}
    assert portfolio.cash() == dec("1000") - 200 - 130 + 120 - dec("0.4")
    assert portfolio.equity() - portfolio.start_equity() == dec(10) - 20 - dec("0.4")


def test_the_venues_average_price_is_the_cost_of_what_was_there_a20():
    portfolio = portfolio_of("0", "2", "80")
    book(portfolio, Side.SELL, "100", "1")

    assert portfolio.realised() == dec(20)


def test_coins_of_unknown_cost_are_sold_at_no_gain():
    portfolio = portfolio_of("0", "2")
    book(portfolio, Side.SELL, "100", "1")

    assert portfolio.realised() == 0


def test_what_is_promised_is_not_free_and_comes_back():
    portfolio = portfolio_of("1000", "0")
    order_id = Stage().buy()
    portfolio.reserve(order_id, "KRW", dec(400))
    portfolio.reserve(order_id, "KRW", dec(300))
    promised = portfolio.free("KRW")
    portfolio.reserve(order_id, "KRW", dec(0))

    assert (promised, portfolio.free("KRW")) == (dec(700), dec(1000))


PRICES = st.integers(99_000, 101_000).map(lambda thousands: Decimal(thousands * 1000))
VOLUMES = st.integers(10_000, 900_000).map(lambda units: floor_volume(Decimal(units).scaleb(-8)))


@given(st.lists(st.tuples(st.booleans(), PRICES, VOLUMES, st.integers(0, 3)), max_size=25))
def test_money_is_conserved_through_any_orders(wishes: list[tuple[bool, Decimal, Decimal, int]]):
    stage = Stage(krw=3_000_000, btc="0.02")
    krw, btc = dec(3_000_000), dec("0.02")
    for number, (is_buy, price, volume, parts) in enumerate(wishes):
        stage.wait(1.5)

        def wish(ctx, is_buy=is_buy, price=price, volume=volume):
            return (ctx.limit_buy if is_buy else ctx.limit_sell)("KRW-BTC", price, volume)

        order_id, sent = stage.act(wish)
        if not sent:
            continue
        stage.accept(order_id)
        traded = dec(0)
        for part in range(parts):
            share = floor_volume(volume / 3)
            stage.fill(order_id, f"{number}-{part}", str(share))
            traded += share
            funds = (stage.order(order_id).price or dec(0)) * share
            fee = funds * dec("0.0005")
            krw, btc = (krw - funds - fee, btc + share) if is_buy else (krw + funds - fee, btc - share)
        if number % 2:
            stage.update(order_id, OrderStateSeen.CANCEL, str(traded))
        portfolio = stage.brain.portfolio
        assert (portfolio.total("KRW"), portfolio.total("BTC")) == (krw, btc)
        assert portfolio.free("KRW") + portfolio.locked("KRW") == krw
        assert portfolio.free("BTC") + portfolio.locked("BTC") == btc
    for order in stage.brain.open_orders:
        stage.update(order.order_id, OrderStateSeen.CANCEL, str(order.filled_volume))

    assert stage.brain.open_orders == ()
    assert (stage.brain.portfolio.locked("KRW"), stage.brain.portfolio.locked("BTC")) == (dec(0), dec(0))
    assert stage.brain.portfolio.cash() == krw
