"""What the answers to placing and cancelling mean."""

from collections.abc import Sequence

from hoga.model.commands import CancelOrder, CancelOrders, OrderId, PlaceOrder, VenueOrderId
from hoga.model.errors import WireError
from hoga.model.events import (
    CancelAccepted,
    CancelFailed,
    LostCause,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReport,
    RejectReason,
)
from hoga.upbit.answers.account import Answer, read_cancel_lists, read_order
from hoga.upbit.answers.errors import Refusal, is_unpublished, proves_no_order, read_refusal
from hoga.upbit.rest.orders import MAX_IDS_CANCELLED

#: What a refusal that proves nothing leaves open, where its reason is not simply unclear.
_CAUSES = {
    RejectReason.RATE_LIMIT: LostCause.LIMITED,
    RejectReason.BLOCKED: LostCause.BLOCKED,
    RejectReason.SERVER: LostCause.SERVER,
    RejectReason.RESTRICTED: LostCause.RESTRICTED,
}


def placed(command: PlaceOrder, answer: Answer, now_ns: int) -> OrderAccepted | OrderRejected | OrderLost:
    """What the answer to a placement means; refused or accepted only where that is proven."""
    order_id = command.order_id
    if not answer.is_success:
        refusal = read_refusal(answer.status, answer.body)
        if not proves_no_order(refusal):
            unclear = LostCause.UNPUBLISHED if is_unpublished(refusal) else LostCause.UNCLEAR
            cause = _CAUSES.get(refusal.reason, unclear)
            return OrderLost(order_id=order_id, detail=refusal.detail, cause=cause, received_ns=now_ns)
        return OrderRejected(order_id=order_id, reason=refusal.reason, detail=refusal.detail, received_ns=now_ns)
    try:
        report = read_order(answer.body)
    except WireError as fault:
        return OrderLost(order_id=order_id, detail=str(fault), cause=LostCause.UNREADABLE, received_ns=now_ns)
    if report.order_id != order_id:
        detail = f"the answer speaks of the order {report.order_id or report.venue_id}, not of ours"
        return OrderLost(order_id=order_id, detail=detail, cause=LostCause.UNREADABLE, received_ns=now_ns)
    return OrderAccepted(order_id=order_id, report=report, received_ns=now_ns)


# ------------------------------------------------ cancelling


def cancelled(command: CancelOrder, answer: Answer, now_ns: int) -> CancelAccepted | CancelFailed:
    """A cancel that is taken answers with the order as it was (`wait`); its end comes later by another road."""
    order_id, venue_id = command.order_id, command.venue_id
    if not answer.is_success:
        refusal = read_refusal(answer.status, answer.body)
        return _refused(order_id, venue_id, refusal, now_ns)
    try:
        report = read_order(answer.body)
    except WireError as fault:
        return _lost(order_id, venue_id, str(fault), now_ns)
    if not speaks_of(report, order_id, venue_id):
        return _lost(order_id, venue_id, f"the answer speaks of another order, {report.venue_id}", now_ns)
    return CancelAccepted(order_id=order_id, venue_id=report.venue_id, received_ns=now_ns)


def cancelled_many(
    command: CancelOrders, answers: Sequence[Answer], now_ns: int
) -> tuple[CancelAccepted | CancelFailed, ...]:
    """What the answers to the chunks of a cancel of many mean, one event for each order."""
    events: list[CancelAccepted | CancelFailed] = []
    for index, chunk in enumerate(chunks_of(command)):
        if index < len(answers):
            events += _cancelled_chunk(chunk, answers[index], now_ns)
        else:
            events += [_lost(None, venue_id, "no answer", now_ns) for venue_id in chunk]
    return tuple(events)


def _cancelled_chunk(chunk: Sequence[VenueOrderId], answer: Answer, now_ns: int) -> list[CancelAccepted | CancelFailed]:
    if not answer.is_success:
        refusal = read_refusal(answer.status, answer.body)
        return [_refused(None, venue_id, refusal, now_ns) for venue_id in chunk]
    try:
        lists = read_cancel_lists(answer.body)
    except WireError as fault:
        return [_lost(None, venue_id, str(fault), now_ns) for venue_id in chunk]
    # The venue's rows come in an order of their own, so they are found by id; what is in neither list is unknown.
    taken = {row.uuid: row for row in lists.success}
    refused = {row.uuid: row for row in lists.failed}
    events: list[CancelAccepted | CancelFailed] = []
    for venue_id in chunk:
        if row := taken.get(venue_id):
            events.append(CancelAccepted(order_id=row.identifier, venue_id=venue_id, received_ns=now_ns))
        elif row := refused.get(venue_id):
            events.append(
                CancelFailed(
                    order_id=row.identifier,
                    venue_id=venue_id,
                    reason=RejectReason.UNKNOWN,
                    detail="listed as failed",
                    received_ns=now_ns,
                )
            )
        else:
            events.append(_lost(None, venue_id, "the answer does not speak of it", now_ns))
    return events


def _refused(order_id: OrderId | None, venue_id: VenueOrderId | None, refusal: Refusal, now_ns: int) -> CancelFailed:
    # A fault of the venue, a redirect or a page without a name leaves open whether the wish was heard.
    is_known = bool(refusal.name) or refusal.reason in {RejectReason.RATE_LIMIT, RejectReason.BLOCKED}
    return CancelFailed(
        order_id=order_id,
        venue_id=venue_id,
        reason=refusal.reason,
        detail=refusal.detail,
        lost=refusal.reason is RejectReason.SERVER or not is_known,
        received_ns=now_ns,
    )


def _lost(order_id: OrderId | None, venue_id: VenueOrderId | None, detail: str, now_ns: int) -> CancelFailed:
    return CancelFailed(
        order_id=order_id,
        venue_id=venue_id,
        reason=RejectReason.UNKNOWN,
        detail=detail,
        lost=True,
        received_ns=now_ns,
    )


def chunks_of(command: CancelOrders) -> list[tuple[VenueOrderId, ...]]:
    """The ids of a cancel of many, each once, in groups the venue takes."""
    ids, size = tuple(dict.fromkeys(command.venue_ids)), MAX_IDS_CANCELLED
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def speaks_of(report: OrderReport, order_id: OrderId, venue_id: VenueOrderId | None) -> bool:
    """Tell whether an answer is about the order we named. An id the venue leaves out cannot contradict."""
    if venue_id is not None:
        return report.venue_id == venue_id
    return report.order_id in {order_id, None}
