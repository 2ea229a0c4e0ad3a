"""The compiled matching loop: one market, one order at a time, whole numbers; the rules are those of the exchange.

Prices are in 1e-8 of the quote currency, volumes in 1e-8 coins, times in nanoseconds. What it cannot decide by these
rules ends it with a reason (`STATE[STOPPED]`), and the event form has to be used. `tests/research/signals` holds it to
the event loop, order by order.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., object])
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Bars = tuple[Ints, Ints, Ints, Ints, Ints]
#: Enters, leaves, and the prices of each.
Told = tuple[Flags, Flags, Ints, Ints]

NEVER = 2**63 - 1
UNIT = 10**8
MARKET = -1
DAY_MS = 86_400_000
WINDOW_MS = 60_000
MS_NS = 1_000_000
GRACE_NS = 1_000_000_000
IMPATIENT_NS = 2_000_000_000

#: Places of the state.
SEEN, ORDER, SIDE, LIMIT, LEFT, ARRIVES, CANCELS, END_HEARD, WISH, WISH_PRICE = range(10)
ASK, BID, ASK_SIZE, BID_SIZE, FILLS, HEARD, ORDERS, STOPPED = range(10, 18)
LATENCY, SLIP, IS_FRONT, VOLUME, SPEND = range(18, 23)
PLACES = 23

#: Where an order is: nowhere, on its way, resting, ended but not yet heard of.
NONE, SENT, RESTS, ENDED = range(4)

#: Why the loop gave up.
NO_BOOK, FULL = 1, 2

#: Columns of the logs.
FILL_AT, FILL_SIDE, FILL_PRICE, FILL_VOLUME, FILL_ORDER, FILL_MAKER = range(6)
ORDER_AT, ORDER_SIDE, ORDER_PRICE, ORDER_VOLUME, ORDER_DONE = range(5)

#: Intrabar models by number, and the prints of a bar.
PESSIMISTIC, OPTIMISTIC, OHLC = range(3)
OPENS, FIRST, SECOND, CLOSES = range(4)


def compiled(function: Function) -> Function:
    """Have a function compiled when it is called first."""
    made: object = numba.njit(nogil=True)(function)
    return cast("Function", made)


@compiled
def tick_at(bands: Table, price: int) -> int:
    """The step that holds at a price; bands are (from, step), highest first."""
    for n in range(len(bands)):
        if price >= bands[n, 0]:
            return int(bands[n, 1])
    return int(bands[len(bands) - 1, 1])


@compiled
def coins_for(money: int, price: int) -> int:
    """The volume that money buys, cut to eight decimals, by long division so that nothing overflows."""
    coins, rest = money // price, money % price
    for _ in range(8):
        rest *= 10
        coins = coins * 10 + rest // price
        rest %= price
    return coins


@compiled
def show(state: Ints, bands: Table, price: int, size: int) -> None:
    """Make up the book around a price."""
    tick = tick_at(bands, price)
    away = tick * state[SLIP]
    state[ASK] = -(-price // tick) * tick + away
    below = price - away
    state[BID] = below // tick_at(bands, below) * tick_at(bands, below) if below > 0 else 0
    state[ASK_SIZE] = size
    state[BID_SIZE] = size if state[BID] > 0 else 0


@compiled
def fill(state: Ints, fills: Table, orders: Table, now: int, price: int, volume: int, maker: int) -> None:
    """Log a fill of the present order."""
    n = state[FILLS]
    if n >= len(fills):
        state[STOPPED] = FULL
        return
    order = state[ORDERS] - 1
    fills[n, FILL_AT], fills[n, FILL_SIDE], fills[n, FILL_PRICE] = now, state[SIDE], price
    fills[n, FILL_VOLUME], fills[n, FILL_ORDER], fills[n, FILL_MAKER] = volume, order, maker
    orders[order, ORDER_DONE] += volume
    state[FILLS] = n + 1


@compiled
def end(state: Ints, now: int) -> None:
    """The present order has ended at the exchange."""
    state[ORDER], state[CANCELS] = ENDED, NEVER
    state[END_HEARD] = now + state[LATENCY]


@compiled
def place(state: Ints, bands: Table, orders: Table, now: int, side: int, price: int) -> None:
    """Send an order."""
    n = state[ORDERS]
    if n >= len(orders):
        state[STOPPED] = FULL
        return
    volume = state[VOLUME]
    if price != MARKET:  # rounded to the side that cannot hurt
        tick = tick_at(bands, price)
        price = price // tick * tick if side > 0 else -(-price // tick) * tick
    if side < 0:
        volume = state[SEEN]
    elif price == MARKET:
        volume = state[SPEND]
    orders[n, ORDER_AT], orders[n, ORDER_SIDE], orders[n, ORDER_PRICE] = now, side, price
    orders[n, ORDER_VOLUME], orders[n, ORDER_DONE] = volume, 0
    state[ORDERS], state[ORDER], state[SIDE], state[LIMIT], state[LEFT] = n + 1, SENT, side, price, volume
    state[ARRIVES], state[CANCELS], state[WISH] = now + state[LATENCY], NEVER, 0


@compiled
def arrive(state: Ints, fills: Table, orders: Table, now: int) -> None:
    """An order meets the made-up book: it takes what its price allows, then rests or ends."""
    buys = state[SIDE] > 0
    price = state[ASK] if buys else state[BID]
    size_at = ASK_SIZE if buys else BID_SIZE
    size, limit = state[size_at], state[LIMIT]
    state[ORDER] = RESTS
    if limit == MARKET and size == 0:
        state[STOPPED] = NO_BOOK
        return
    if size and (limit == MARKET or (price <= limit if buys else price >= limit)):
        wanted = coins_for(state[LEFT], price) if buys and limit == MARKET else state[LEFT]
        volume = min(wanted, size)
        if volume:
            fill(state, fills, orders, now, price, volume, 0)
            state[size_at] = size - volume
            if not (buys and limit == MARKET):
                state[LEFT] -= volume
    if limit == MARKET or state[LEFT] == 0:
        end(state, now)


@compiled
def pass_time(state: Ints, bands: Table, fills: Table, orders: Table, until: int) -> None:
    """Everything that is due: fills and ends are heard, orders and cancels arrive."""
    while state[STOPPED] == 0:
        heard = fills[state[HEARD], FILL_AT] + state[LATENCY] if state[HEARD] < state[FILLS] else NEVER
        arrives = state[ARRIVES] if state[ORDER] == SENT else NEVER
        now = min(heard, state[END_HEARD], arrives, state[CANCELS])
        if now > until:
            return
        if heard == now:
            n = state[HEARD]
            state[SEEN] += fills[n, FILL_SIDE] * fills[n, FILL_VOLUME]
            state[HEARD] = n + 1
        elif state[END_HEARD] == now:
            state[END_HEARD], state[ORDER] = NEVER, NONE
            wish = state[WISH]
            state[WISH] = 0
            if (wish > 0 and state[SEEN] == 0) or (wish < 0 and state[SEEN] > 0):
                place(state, bands, orders, now, wish, state[WISH_PRICE])
        elif arrives == now:
            arrive(state, fills, orders, now)
        else:
            state[CANCELS] = NEVER
            if state[ORDER] == RESTS:
                end(state, now)


@compiled
def decide(
    state: Ints,
    bands: Table,
    orders: Table,
    now: int,
    enters: bool,  # noqa: FBT001 - compiled functions take their arguments by place
    leaves: bool,  # noqa: FBT001
    enter_price: int,
    leave_price: int,
) -> None:
    """Act on a signal: enter when nothing is held, leave when something is; what still waits is cancelled first."""
    if enters and state[SEEN] == 0:
        side, price = 1, enter_price
    elif leaves and state[SEEN] > 0:
        side, price = -1, leave_price
    else:
        return
    if state[ORDER] == NONE:
        place(state, bands, orders, now, side, price)
        return
    if state[LIMIT] == MARKET:
        return
    state[WISH], state[WISH_PRICE] = side, price
    if state[CANCELS] == NEVER and state[ORDER] != ENDED:
        # A cancel leaves when the order is known to be there, or two seconds after it was asked for.
        known = min(state[ARRIVES] + state[LATENCY], now + IMPATIENT_NS)
        state[CANCELS] = max(now, known) + state[LATENCY]


@compiled
def hit(state: Ints, fills: Table, orders: Table, now: int, price: int, volume: int, buyer: int) -> None:
    """A print of the market outside fills what rests at a better price, at the same one only in front of the queue."""
    if state[ORDER] != RESTS or volume == 0:
        return
    buys, limit = state[SIDE] > 0, state[LIMIT]
    through = price < limit if buys else price > limit
    touched = price == limit and state[IS_FRONT] and buyer != buys
    if through or touched:
        taken = min(volume, state[LEFT])
        fill(state, fills, orders, now, limit, taken, 1)
        state[LEFT] -= taken
        if state[LEFT] == 0:
            end(state, now)


def fresh_state(*, latency_ns: int, slip: int, is_front: bool, volume: int, spend: int) -> Ints:
    """The state before anything happened."""
    state = np.zeros(PLACES, np.int64)
    state[[ARRIVES, CANCELS, END_HEARD]] = NEVER
    state[[LATENCY, SLIP, IS_FRONT, VOLUME, SPEND]] = latency_ns, slip, int(is_front), volume, spend
    return state
