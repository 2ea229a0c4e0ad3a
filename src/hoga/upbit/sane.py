"""What Upbit cannot mean: amounts that are no amounts, and moments spelled in its several ways."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from hoga.model.errors import WireError
from hoga.model.money import ZERO

#: Above any figure of the venue (a day's turnover in KRW has 14 digits, supplies of cheap coins 16); what is larger
#: is a fault, and would make exact arithmetic overflow later.
ABSURD = Decimal(10) ** 24

#: How much of an unreadable message an error quotes: enough to recognise it.
QUOTED = 120

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def require_amounts(*amounts: Decimal | None) -> None:
    """Refuse what is NaN, infinite, negative or absurd with `WireError`; None is no amount and passes."""
    try:
        for amount in amounts:
            if amount is not None and not ZERO <= amount < ABSURD:
                raise WireError(f"{amount:.20} is not an amount the venue can mean.")
    except InvalidOperation:  # NaN does not compare
        raise WireError("NaN is not an amount.") from None


def require_finite(*amounts: Decimal | None) -> None:
    """Refuse what is NaN, infinite or absurd; a change may be negative."""
    # copy_abs rounds nothing and leaves NaN what it is.
    require_amounts(*(amount if amount is None else amount.copy_abs() for amount in amounts))


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970; Upbit's times without a zone are UTC here (only `…_utc` fields are read)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def quoted(raw: bytes) -> str:
    """The beginning of a message for an error text."""
    return repr(raw[:QUOTED]) + ("…" if len(raw) > QUOTED else "")
