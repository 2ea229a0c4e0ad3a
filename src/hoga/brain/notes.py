"""What the brain wants written down: every decision with its reason, every refusal, every correction."""

from decimal import Decimal

from msgspec import Struct

from hoga.model.money import plain


class Note(Struct, frozen=True):
    """One line for the log: what happened (`order_refused`) and its figures by name."""

    event: str
    fields: dict[str, str | int | Decimal]


def figures(**values: Decimal | str | int | None) -> str:
    """Spell named values for a person: `price 100 KRW, floor 95`; what is None is left out."""
    shown = (
        f"{name.replace('_', ' ')} {plain(value) if isinstance(value, Decimal) else value}"
        for name, value in values.items()
        if value is not None
    )
    return ", ".join(shown)
