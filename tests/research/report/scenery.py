"""Results made by hand, small enough to be checked with a pencil."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hoga.model.commands import OrderId, PlaceOrder, Side, VenueOrderId
from hoga.model.events import Fill
from hoga.model.market import Market
from hoga.model.orders import Order, OrderState
from hoga.research.result import Assumptions, EquityPoint, PriceBar, Result

KST = timezone(timedelta(hours=9))
DAY_MS = 86_400_000
MILLION = Decimal(1_000_000)
RATE = Decimal("0.0005")


def kst_ms(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=KST).astimezone(UTC).timestamp() * 1000)


#: The first of January in Seoul.
BEGIN = kst_ms(2026, 1, 1)


def market(code: str = "KRW-BTC") -> Market:
    return Market(
        code=code,
        tick=Decimal(1),
        min_total=Decimal(5000),
        max_total=Decimal(10**9),
        bid_fee=RATE,
        ask_fee=RATE,
        maker_bid_fee=RATE,
        maker_ask_fee=RATE,
    )


def fill(
    number: int,
    side: Side,
    price: int | str,
    volume: int | str,
    *,
    code: str = "KRW-BTC",
    order: str | None = None,
    at_ms: int | None = None,
    fee: Decimal | str | None = "exact",
) -> Fill:
    name = order or f"o{number}"
    funds = Decimal(price) * Decimal(volume)
    return Fill(
        trade_id=f"t{number}",
        venue_id=VenueOrderId(f"v-{name}"),
        order_id=OrderId(name),
        market=code,
        side=side,
        price=Decimal(price),
        volume=Decimal(volume),
        fee=funds * RATE if isinstance(fee, str) else fee,
        is_maker=False,
        trade_timestamp_ms=BEGIN + number * 3_600_000 if at_ms is None else at_ms,
    )


def orders_of(fills: Sequence[Fill], *, reason: str = "") -> list[Order]:
    """The orders that had these fills, each whole."""
    found: dict[str, Order] = {}
    for one in fills:
        assert one.order_id is not None
        intent = PlaceOrder(
            order_id=one.order_id,
            market=one.market,
            side=one.side,
            price=one.price,
            volume=one.volume,
            reason=reason,
        )
        order = found.setdefault(
            one.order_id,
            Order(intent=intent, created_ns=one.trade_timestamp_ms * 1_000_000, venue_id=one.venue_id, fills={}),
        )
        order.fills[one.trade_id] = one
        order.executed_volume += one.volume
        order.executed_funds += one.price * one.volume
        order.paid_fee += one.fee or 0
        order.state = OrderState.DONE
    return list(found.values())


def worths(*amounts: float | str, begin_ms: int = BEGIN, step_ms: int = DAY_MS) -> list[EquityPoint]:
    """One worth at the end of each step; the first at `begin_ms` plus one step."""
    return [
        EquityPoint(begin_ms + step_ms * (n + 1), Decimal(str(amount)), Decimal(0)) for n, amount in enumerate(amounts)
    ]


def bars(*closes: float, begin_ms: int = BEGIN, step_ms: int = DAY_MS) -> list[PriceBar]:
    return [PriceBar(begin_ms + n * step_ms, c, c * 1.01, c * 0.99, c) for n, c in enumerate(closes)]


def result(**changes: Any) -> Result:
    """A result of one quiet day without a trade, with whatever is changed."""
    codes: Mapping[str, Market] = changes.pop("markets", {"KRW-BTC": market()})
    starting = changes.pop("starting_equity", MILLION)
    made: dict[str, Any] = {
        "strategy": "sma_cross",
        "params": {"fast": "10"},
        "markets": codes,
        "quote": "KRW",
        "begin_ms": BEGIN,
        "end_ms": BEGIN + DAY_MS,
        "assumptions": Assumptions(data="candles 1m", fee_rates=dict.fromkeys(codes, (RATE, RATE))),
        "starting": {"KRW": starting},
        "ending": {"KRW": starting},
        "starting_equity": starting,
        "ending_equity": starting,
        "first_prices": dict.fromkeys(codes, Decimal(1000)),
        "last_prices": dict.fromkeys(codes, Decimal(1000)),
        "equity": [],
        "days": [],
        "bars": {},
        "orders": [],
        "fills": [],
        "refused": {},
        "events": 1440,
        "wall_s": 0.1,
    }
    return Result(**{**made, **changes})


def traded() -> Result:
    """Forty days: two round trips, one won and one lost, and a position that is left.

    Buys 100 at 1,000; sells 60 at 1,200; buys 60 at 1,100; sells 50 at 900; holds 50 at a last price of 1,000.
    """
    fills = [
        fill(1, Side.BUY, 1000, 100),
        fill(2, Side.SELL, 1200, 60),
        fill(3, Side.BUY, 1100, 60),
        fill(4, Side.SELL, 900, 50),
    ]
    # 1,000,000 - 100,050 + 71,964 - 66,033 + 44,977.5, and 50 coins at 1,000
    cash = Decimal("950858.5")
    amounts = [1_010_000.0, 990_000.0, *[995_000.0] * 36, 1_000_000.0, float(cash) + 50_000]
    days = worths(*amounts)
    equity = [EquityPoint(BEGIN, MILLION, Decimal(0)), *days]
    return result(
        end_ms=BEGIN + 40 * DAY_MS,
        fills=fills,
        orders=orders_of(fills),
        days=days,
        equity=equity,
        bars={"KRW-BTC": bars(*[1000.0 + n for n in range(39)], 1000.0)},
        ending={"KRW": cash, "BTC": Decimal(50)},
        ending_equity=cash + 50_000,
        refused={"insufficient_funds": 2, "risk": 1},
    )
