"""The brain's commands in the exchange's words, and what the exchange says in the brain's: as if a wire lay between."""

from collections.abc import Mapping

from msgspec.structs import replace

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, Side, TimeInForce, VenueOrderId
from hoga.model.events import Fill, OrderReport, OrderStateSeen, OrderUpdated, RejectReason
from hoga.simulator.core.happenings import OrderChanged
from hoga.simulator.core.orders import NewOrder, OrderTrade, VenueOrder
from hoga.simulator.core.refusals import Refused
from hoga.upbit.answers.errors import REASONS
from hoga.upbit.words import SIDE_WORDS, kind_of, side_of, state_of, tif_of

_ORD_TYPES: Mapping[tuple[OrderKind, Side], str] = {
    (OrderKind.LIMIT, Side.BUY): "limit",
    (OrderKind.LIMIT, Side.SELL): "limit",
    (OrderKind.MARKET, Side.BUY): "price",
    (OrderKind.MARKET, Side.SELL): "market",
    (OrderKind.BEST, Side.BUY): "best",
    (OrderKind.BEST, Side.SELL): "best",
}


def wish_of(command: PlaceOrder) -> NewOrder:
    """The order as the exchange is asked for it."""
    return NewOrder(
        market=command.market,
        side=SIDE_WORDS[command.side],
        ord_type=_ORD_TYPES[command.kind, command.side],
        volume=command.volume,
        price=command.price if command.spend is None else command.spend,
        identifier=command.order_id,
        time_in_force=None if command.tif is TimeInForce.GTC else command.tif.value,
        smp_type=None if command.self_match is None else command.self_match.value,
    )


def reason_of(refusal: Refused) -> RejectReason:
    """Why the exchange said no."""
    return REASONS.get(refusal.name, RejectReason.UNKNOWN)


def report_of(order: VenueOrder, *, with_trades: bool = False) -> OrderReport:
    """What REST says of an order."""
    return OrderReport(
        venue_id=VenueOrderId(order.uuid),
        order_id=None if order.identifier is None else OrderId(order.identifier),
        market=order.market,
        side=side_of(order.side),
        kind=kind_of(order.ord_type),
        state=state_of(order.state),
        price=order.price,
        volume=order.volume,
        remaining_volume=order.remaining_volume,
        executed_volume=order.executed_volume,
        executed_funds=order.executed_funds,
        paid_fee=order.paid_fee,
        locked=order.locked,
        prevented_volume=None if order.is_in_money else order.prevented_volume,
        tif=tif_of(order.time_in_force),
        self_match=order.smp_type,
        trades_count=order.trades_count,
        created_at_ms=order.created_at_ms // 1000 * 1000,
        trades=tuple(_told(trade, order) for trade in order.trades) if with_trades else None,
    )


def news_of(change: OrderChanged, received_ns: int) -> Fill | OrderUpdated:
    """What the private stream says of a change. In a fill's report, price and volume are not the order's: left out."""
    order, fill = change.order, change.fill
    state = OrderStateSeen(change.word)
    trades = fill is not None and state is OrderStateSeen.TRADE
    report = report_of(order)
    report = replace(
        report, state=state, price=None if trades else report.price, volume=None if trades else report.volume
    )
    if fill is None or not trades:
        return OrderUpdated(report=report, received_ns=received_ns)
    return Fill(
        trade_id=fill.uuid,
        venue_id=report.venue_id,
        order_id=report.order_id,
        market=order.market,
        side=report.side,
        price=fill.price,
        volume=fill.volume,
        fee=fill.fee,
        is_maker=fill.is_maker,
        trade_timestamp_ms=fill.at_ms,
        report=report,
        received_ns=received_ns,
    )


def _told(trade: OrderTrade, order: VenueOrder) -> Fill:
    """A trade as a REST answer lists it: without fee and role."""
    return Fill(
        trade_id=trade.uuid,
        venue_id=VenueOrderId(order.uuid),
        order_id=None if order.identifier is None else OrderId(order.identifier),
        market=trade.market,
        side=side_of(trade.side),
        price=trade.price,
        volume=trade.volume,
        trade_timestamp_ms=trade.at_ms // 1000 * 1000,
    )
