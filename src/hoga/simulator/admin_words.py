"""What the admin API is asked, one struct for the body of each POST."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from hoga.simulator.rest.pacing import Rule

#: The account whose keys a running simulator prints.
MAIN_ACCOUNT = "main"


class Faults(Struct, frozen=True, forbid_unknown_fields=True):
    """Arm and disarm faults: texts to add, numbers to remove; `clear` comes first."""

    add: tuple[str, ...] = ()
    remove: tuple[int, ...] = ()
    clear: bool = False


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Change the counting: a group's limit, the window rule, what somebody else uses up, how 418 comes.

    `limits` and `foreign_per_s` are by group name. `forgive` lifts every block.
    """

    limits: dict[str, int] = {}
    foreign_per_s: dict[str, float] = {}
    rule: Rule | None = None
    refusals_allowed: int | None = None
    first_block_s: float | None = None
    plain_429: bool | None = None
    forgive: bool = False


class Delays(Struct, frozen=True, forbid_unknown_fields=True):
    """One-way delays in milliseconds, evenly drawn between two bounds; left out: unchanged."""

    in_ms: tuple[float, float] | None = None
    out_ms: tuple[float, float] | None = None


class Move(Struct, frozen=True, forbid_unknown_fields=True):
    """Money or coins that come or go."""

    currency: str
    amount: Decimal
    account: str = MAIN_ACCOUNT


class HandOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An order placed in the app; `reserved` ones lock money in state `watch`."""

    market: str
    side: str
    ord_type: str = "limit"
    price: Decimal | None = None
    volume: Decimal | None = None
    reserved: bool = False
    account: str = MAIN_ACCOUNT


class HandCancel(Struct, frozen=True, forbid_unknown_fields=True):
    """A cancel in the app, or the trigger of a reserved order (`/wake`)."""

    uuid: str
    account: str = MAIN_ACCOUNT


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """A market stops, opens, ends, or gets another tick or fee. `wipe` cancels resting orders with a tick change."""

    market: str
    state: Literal["suspended", "active", "delisted"] | None = None
    cancels_too: bool = False
    tick: Decimal | None = None
    wipe: bool = False
    fee_rate: Decimal | None = None


class NewAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """Another account with keys of its own; `pocket_of` makes it a sub-pocket of an account."""

    account: str
    balances: dict[str, Decimal] = {}
    pocket_of: str | None = None


class KeyChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Another key for an account where `access_key` is left out, else what the key may do from now on."""

    account: str = MAIN_ACCOUNT
    access_key: str | None = None
    scopes: tuple[str, ...] | None = None
    allowed_ips: tuple[str, ...] | None = None
    expired: bool = False


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    """A notice of the venue."""

    title: str
    category: str = "notice"
    event_type: Literal["CREATED", "UPDATED"] = "CREATED"  # Upbit docs, websocket-announcement of 2026-08-31


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """An action that needs nothing said."""
