"""What can go wrong, as rows, and storms made of them.

First chance decides which rows are on, then each of these strikes by chance. The names are those of the simulated
exchange's fault vocabulary and of `simtest.net.Weather`.
"""

from random import Random

from msgspec import Struct

from simtest.disk import Moods
from simtest.net import Weather

#: Faults of the exchange. `{s}` becomes some seconds.
FAULTS = (
    "rest.delay({s})",
    "rest.delay_accept({s})",
    "rest.delay_accept(11s)",
    "rest.hang_after_accept({s})",
    "rest.blackhole_before({s})",
    "rest.rst(before)",
    "rest.rst(after)",
    "rest.drop",
    "rest.truncate",
    "rest.empty",
    "rest.html200",
    "rest.swap_body",
    "rest.status(500,refused)",
    "rest.status(503,accepted)",
    "rest.redirect(302)",
    "rest.reject(validation_error,400)",
    "rest.nonce_used",
    "rest.error_shape",
    "rest.429",
    "rest.418(10s)",
    "rest.rr(none)",
    "rest.rr(fuzz)",
    "rest.rr(low)",
    "rest.lag_read({s})",
    "rest.lag_read(12s)",
    "rest.cancel_lag({s})",
    "ws.refuse(503)",
    "ws.auth_fail",
    "ws.flap",
    "ws.asset_warmup(60s)",
    "ws.ignore_sub",
    "ws.error(INVALID_PARAM)",
    "ws.close(1001)",
    "ws.close(1000)",
    "ws.cut(mid_frame)",
    "ws.blackhole",
    "ws.no_read",
    "ws.stall(all)",
    "ws.stall(myOrder)",
    "ws.garbage(json)",
    "ws.garbage(utf8)",
    "ws.deep(2000)",
    "ws.dup",
    "ws.burst(20)",
    "ws.drop",
    "ws.reorder(2)",
    "ws.delay({s})",
    "ws.mutate(types)",
    "ws.mutate(schema)",
    "ws.mutate(exponent)",
    "ws.text",
    "ws.snapshot_overlap",
    "ws.ts_skew(3600s)",
)

#: What comes by the clock: every so many seconds while the storm lasts.
MOVES = (
    "acct.deposit(KRW,12345)@every={n}s",
    "acct.withdraw(KRW,777)@every={n}s",
    "acct.manual_order(bid,20000)@every={n}s,market=KRW-XRP",
    "acct.manual_cancel@every={n}s",
    "mkt.suspend(10s)@every={n}s,market=KRW-XRP",
    "mkt.fee(0.0025)@every={n}s,market=KRW-XRP",
    "mkt.fee(0.0005)@every={n}s,market=KRW-BTC",
    "ws.cut(between)@every={n}s",
)

#: Fields of `Weather` that are shares.
WINDS = ("slow", "split", "reset_before", "reset_after", "black_hole", "refuse", "hang_connect", "dns_fails")

ENABLED = 0.07
SHARES = (0.003, 0.01, 0.04, 0.15)


class Mix(Struct, frozen=True, kw_only=True):
    """What the hours of a run are made of.

    `rest_h` are the hours of quiet between storms and `off_share` the share of them with the bot's machine off, `dies`
    the share of storms in which lives end at a random step and `after_steps` their mean numbers of steps, `pace_s` the
    seconds between two moments at which the trader acts.
    """

    rest_h: tuple[float, float] = (0.1, 12.0)
    off_share: float = 0.3
    dies: float = 0.8
    after_steps: tuple[float, ...] = (30.0, 150.0, 300.0, 600.0, 1_500.0)
    pace_s: tuple[float, float] = (0.3, 4.0)


MIXES = {
    "soak": Mix(),
    # Minutes instead of hours: more hours and more deaths for the same work, and fewer orders.
    "suite": Mix(
        rest_h=(2.0, 14.0), off_share=0.5, dies=1.0, after_steps=(30.0, 80.0, 160.0, 320.0), pace_s=(0.5, 8.0)
    ),
}


class Storm(Struct, kw_only=True):
    """One bad time.

    `crash_after_steps` is the mean number of steps of a life, None where nobody dies; `crash_at_send` the chance to die
    with each order sent. `freezes_s` is how long the bot's machine stands still once, `outage_s` how long nothing gets
    through the network. `is_long` where something may take longer than the proof that an order is absent.
    """

    lasts_s: float
    faults: list[str]
    weather: Weather
    crash_after_steps: float | None
    crash_at_send: float
    disk: Moods
    is_long: bool
    freezes_s: float
    outage_s: float


def brew(chance: Random, mix: Mix, without: frozenset[str] = frozenset()) -> Storm:
    """Draw a storm of a mix.

    `without` leaves rows out, by their text; the draws are the same, so the rest stays as it was.
    """
    faults = []
    for row in FAULTS:
        is_on, share, seconds = chance.random() < ENABLED, chance.choice(SHARES), chance.choice((0.05, 0.4, 3, 12, 40))
        if is_on and row not in without:
            faults.append(f"{row.format(s=f'{seconds}s')}@p={share}")
    for row in MOVES:
        is_on, every_s = chance.random() < ENABLED, chance.randint(7, 60)
        if is_on and row not in without:
            faults.append(row.format(n=every_s))
    weather = Weather(delay_s=chance.choice(((0.001, 0.005), (0.002, 0.02), (0.01, 0.3))))
    for name in WINDS:
        is_on, share = chance.random() < 2 * ENABLED, chance.choice(SHARES)
        if is_on and name not in without:
            setattr(weather, name, share)
    disk = Moods()
    is_slow, breaks = chance.random() < ENABLED, chance.random() < ENABLED
    if is_slow and "disk.slow" not in without:
        disk.slow = chance.choice((0.01, 0.1, 0.4))
    if breaks and "disk.fails" not in without:
        disk.fails = 0.01
    freezes_s = chance.choice((0.5, 7.0, 90.0, 600.0)) if chance.random() < ENABLED else 0.0
    outage_s = chance.choice((2.0, 15.0, 90.0)) if chance.random() < ENABLED else 0.0
    dies = chance.random() < mix.dies and "crash" not in without
    after_steps = chance.choice(mix.after_steps)
    at_send, lasts_s = chance.choice((0.0, 0.02, 0.1)), chance.uniform(20, 300)
    return Storm(
        lasts_s=lasts_s,
        faults=faults,
        weather=weather,
        crash_after_steps=after_steps if dies else None,
        crash_at_send=at_send if dies else 0.0,
        disk=disk,
        freezes_s=0.0 if "freeze" in without else freezes_s,
        outage_s=0.0 if "outage" in without else outage_s,
        is_long=any("40s" in fault for fault in faults),
    )


def rows() -> tuple[str, ...]:
    """Everything a storm may be made of, for whoever looks for the smallest one that still does harm."""
    return (*FAULTS, *MOVES, *WINDS, "disk.slow", "disk.fails", "freeze", "outage", "crash")
