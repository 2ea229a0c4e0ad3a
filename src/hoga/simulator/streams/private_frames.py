"""How the venue tells an account of its own orders and balances: null keys present, every amount a number.

Upbit docs, websocket-myorder and websocket-myasset of 2026, and live frames of 2025-11 (ccxt pull request 27219).
"""

from collections.abc import Sequence

from hoga.model import money
from hoga.model.commands import SelfMatch
from hoga.model.events import Announcement
from hoga.model.money import VOLUME_STEP
from hoga.simulator.core.happenings import AssetsChanged, OrderChanged
from hoga.simulator.moments import kst
from hoga.simulator.streams.frames import REALTIME, inner, is_short, number, quoted, spell, wrap
from hoga.simulator.streams.subscriptions import Wanted
from hoga.upbit.stream.subscriptions import FrameFormat


def order_frame(happening: OrderChanged, now_ms: int, frame_format: FrameFormat, *, tells_smp: bool) -> bytes:
    """Tell a change of an order. While it trades, `price` and `volume` are those of the fill."""
    order, fill = happening.order, happening.fill
    trades = fill is not None and happening.word == "trade"
    in_money_untouched = order.is_in_money and not order.trades
    prevented = None if order.is_in_money else order.prevented_volume
    smp_type = order.smp_type.value if tells_smp or order.smp_type is not SelfMatch.NONE else None
    texts = [
        '"myOrder"',
        quoted(order.market),
        quoted(order.uuid),
        f'"{order.side.upper()}"',
        quoted(order.ord_type),
        quoted(happening.word),
        quoted(fill.uuid if fill and trades else None),
        number(fill.price if fill and trades else order.price),
        number(money.floor_to_tick(order.avg_price, VOLUME_STEP)),
        number(fill.volume if fill and trades else order.volume),
        number(order.remaining_volume),
        number(None if in_money_untouched else order.executed_volume),
        str(order.trades_count),
        number(order.reserved_fee),
        number(order.remaining_fee),
        number(order.paid_fee),
        number(order.locked),
        number(order.executed_funds),
        quoted(order.time_in_force),
        number(fill.fee if fill and trades else None),
        "null" if not (fill and trades) else "true" if fill.is_maker else "false",
        quoted(order.identifier),
        quoted(smp_type),
        number(prevented),
        number(order.prevented_locked),
        str(fill.at_ms) if fill and trades else "null",
        str(order.created_at_ms // 1000 * 1000),
        str(now_ms),
        REALTIME,
    ]
    return spell("myOrder", texts, frame_format)


def assets_frame(asset_uuid: str, happening: AssetsChanged, now_ms: int, frame_format: FrameFormat) -> bytes:
    """Tell the balances that changed."""
    rows = [
        inner("myAsset_asset", [quoted(one.currency), number(one.free), number(one.locked)], frame_format)
        for one in happening.balances
    ]
    texts = [
        '"myAsset"',
        quoted(asset_uuid),
        "[" + ",".join(rows) + "]",
        str(happening.at_ms),
        str(now_ms),
        REALTIME,
    ]
    return spell("myAsset", texts, frame_format)


def announcement_frame(news: Announcement, now_ms: int, frame_format: FrameFormat, body: str | None) -> bytes:
    """Tell a notice of the venue; `body` is the JSON text of its body, None where nobody asked for it."""
    listed = quoted(kst(news.timestamp_ms // 1000))
    texts = [
        '"announcement"',
        quoted(news.event_type),
        quoted(news.venue_id),
        quoted(news.title),
        quoted(news.category),
        quoted(news.url),
        listed,
        listed,
        str(now_ms),
        REALTIME,
    ]
    plain = inner("announcement", texts, frame_format)
    if body is not None:
        plain = plain[:-1] + f',"{"bd" if is_short(frame_format) else "body"}":{body}}}'
    return wrap(plain, frame_format)


def subscriptions_frame(ticket: str, wanted: Sequence[Wanted], frame_format: FrameFormat) -> bytes:
    """Answer LIST_SUBSCRIPTIONS."""
    short = is_short(frame_format)
    rows = []
    for one in wanted:
        row = f'{{"{"ty" if short else "type"}":{quoted(one.type)}'
        if one.codes:
            row += f',"{"cds" if short else "codes"}":[{",".join(map(quoted, one.codes))}]'
        if one.type == "orderbook":
            row += f',"{"lv" if short else "level"}":{number(one.level)}'
        rows.append(row + "}")
    return spell("subscriptions", ['"LIST_SUBSCRIPTIONS"', "[" + ",".join(rows) + "]", quoted(ticket)], frame_format)
