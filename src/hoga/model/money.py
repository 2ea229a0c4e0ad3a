"""Exact money: the only place in hoga where a number is rounded.

Every function that rounds says in its name which way. Prices, volumes, funds and fees are `Decimal`
everywhere; floats belong to indicators and reports and never come back.
"""

from contextlib import AbstractContextManager
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    getcontext,
    localcontext,
    setcontext,
)

from hoga.model.errors import MoneyError

ZERO = Decimal(0)

#: Upbit cuts volumes to eight decimals (Upbit docs, faq-order, 2026).
VOLUME_STEP = Decimal("0.00000001")

#: 9+8 digits of price times 11+8 digits of volume need 36; 50 leaves room for a fee on top.
DIGITS = 50

#: Shares of a cost are cut here: a price has 8 decimals, a volume 8 and a fee rate 4, so every fee is told exactly.
SHARE_STEP = Decimal("1E-24")

#: A hundred thousand times what all of Upbit holds; a larger amount from a person is a slip of the finger.
MOST = Decimal(10) ** 18

#: More digits than any amount on the venue has; a longer text is a fault or an attack.
MAX_TEXT = 64


def use_exact_money() -> None:
    """Make this thread count exactly: 50 digits, and an error wherever a float meets a `Decimal`.

    Every entry point and every new thread calls this once, before anything is counted.
    """
    setcontext(Context(prec=DIGITS, traps=[FloatOperation, InvalidOperation, DivisionByZero, Overflow]))


def exactly() -> AbstractContextManager[Context]:
    """Count exactly inside a `with`, and leave the thread's own way of counting alone: for code that others call."""
    return localcontext(Context(prec=2 * DIGITS, traps=[FloatOperation, InvalidOperation, DivisionByZero, Overflow]))


def counts_exactly() -> bool:
    """Tell whether `use_exact_money` is in force on this thread."""
    context = getcontext()
    return context.prec >= DIGITS and context.traps[FloatOperation]


def amount(text: str | int | Decimal) -> Decimal:
    """Read a finite amount from outside; `MoneyError` for NaN, infinity, absurd length or no number at all."""
    if isinstance(text, str) and len(text) > MAX_TEXT:
        raise MoneyError(f"{text[:20]!r}… has {len(text)} characters; an amount has at most {MAX_TEXT}.")
    try:
        value = Decimal(text)
    except (InvalidOperation, ValueError, TypeError):
        raise MoneyError(f"{text!r} is not a number.") from None
    if not value.is_finite():
        raise MoneyError(f"{text!r} is not a finite number.")
    return value


def plain(value: Decimal) -> str:
    """Spell an amount for the wire: no exponent, no trailing zeros (`Decimal("1E-8")` is `0.00000001`)."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def floor_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """The highest price on the grid of `tick` that is not above `price`."""
    return price // tick * tick


def ceil_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """The lowest price on the grid of `tick` that is not below `price`."""
    return price if price % tick == 0 else (price // tick + 1) * tick


def is_on_tick(price: Decimal, tick: Decimal) -> bool:
    """Tell whether `price` lies on the grid of `tick`."""
    return price % tick == 0


def floor_volume(volume: Decimal) -> Decimal:
    """Cut a volume to the eight decimals the venue keeps."""
    return volume // VOLUME_STEP * VOLUME_STEP


def fee_of(funds: Decimal, fee_rate: Decimal) -> Decimal:
    """The fee on `funds` at `fee_rate`, exact: Upbit does not round fees (recorded traffic of 2026-03-22)."""
    return funds * fee_rate


def funds_needed(price: Decimal, volume: Decimal, fee_rate: Decimal) -> Decimal:
    """What a limit buy locks: price times volume and the fee on it, exact."""
    funds = price * volume
    return funds + fee_of(funds, fee_rate)


def volume_for(spend: Decimal, price: Decimal) -> Decimal:
    """The largest volume, cut to eight decimals, that `spend` pays for at `price` (fee not included)."""
    return floor_volume(spend / price)


def share_of(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """What falls on `part` of a `whole`, cut to 24 decimals; what is cut stays with the rest, so nothing is lost."""
    return amount if part == whole else amount * part // (whole * SHARE_STEP) * SHARE_STEP
