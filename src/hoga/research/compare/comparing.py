"""`compare`: the recorded hours of a run through the backtest, and the difference split by what caused it.

The split is a chain of backtests. The first goes by the assumptions; each further one takes one more thing as it really
was: the latency, then the refusals for haste, then all other refusals. What a step changes is that cause's part. What
the last backtest still does not explain is told apart by order, where an order can tell (docs/compare.md), and the rest
is unexplained. So the parts sum to the whole exactly.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from statistics import median

from msgspec import Struct

from hoga.model import money
from hoga.model.commands import OrderKind, TimeInForce
from hoga.model.events import Balance, RejectReason
from hoga.model.money import ZERO
from hoga.research.compare.kept import Hole, KeptRun, Refusal, kept_run
from hoga.research.compare.matching import Pair, matched
from hoga.research.compare.orders import Done
from hoga.research.compare.retelling import Retelling
from hoga.research.compare.rows import Row, gain_of, row_of
from hoga.simulator.direct.models import Models

CAUSES = ("latency", "queue", "slippage", "missed_data", "rate_limit", "rejection", "unexplained")
HASTE = frozenset({RejectReason.RATE_LIMIT, RejectReason.BLOCKED, RejectReason.QUEUE_FULL})
#: An order that was decided so soon after a hole still acts on what was in it.
AFTER_HOLE_NS = 2_000_000_000


class Comparison(Struct, frozen=True, kw_only=True):
    """A run beside its backtest. `parts` has an amount for each of `CAUSES`; together they are `difference`.

    Gains are in the quote currency: what was owned in the end less that at the start, coins at the last price.
    """

    run_id: str
    venue: str
    strategy: str
    params: Mapping[str, str]
    quote: str
    begin_ns: int
    end_ns: int
    frames: int
    assumed_latency_ns: int
    measured_latency_ns: int | None
    queue: str
    run_gain: Decimal
    test_gain: Decimal
    difference: Decimal
    parts: Mapping[str, Decimal]
    rows: tuple[Row, ...]
    holes: tuple[Hole, ...]

    @property
    def is_equal(self) -> bool:
        """Tell whether every order and every won came out the same."""
        return not self.difference and not any(row.differs for row in self.rows)


def compare(
    journal: Path, run_id: str | None = None, *, tape: Path | None = None, models: Models | None = None
) -> Comparison:
    """Compare a run (the last one of the journal, unless named) with its backtest under `models`.

    Raises `CompareError` where too little of the run was kept.
    """
    money.use_exact_money()
    models = models or Models()
    models.check()
    run = kept_run(journal, run_id, tape)
    backtest = _played(run, models)
    start, in_the_run, in_the_test = (
        _worth(run, owned) for owned in (_totals(run.starting), _totals(run.ending), backtest.ending)
    )
    trips = [trip_ns for _, trip_ns in run.round_trips]
    return Comparison(
        run_id=run.began.run_id,
        venue=run.made.account,
        strategy=run.made.strategy,
        params={name: str(value) for name, value in run.made.params.items()},
        quote=_quote(run),
        begin_ns=run.made.now_ns,
        end_ns=run.end_ns,
        frames=run.frames,
        assumed_latency_ns=models.latency_ns,
        measured_latency_ns=int(median(trips)) // 2 if trips else None,
        queue=models.queue.value,
        run_gain=in_the_run - start,
        test_gain=in_the_test - start,
        difference=in_the_run - in_the_test,
        parts=_parts(run, models, backtest, in_the_run),
        rows=tuple(row_of(run, pair) for pair in matched(list(run.orders.values()), backtest.done)),
        holes=tuple(run.holes),
    )


def _parts(run: KeptRun, models: Models, backtest: Retelling, in_the_run: Decimal) -> dict[str, Decimal]:
    """The chain of backtests, each with one thing more as it was."""
    parts = dict.fromkeys(CAUSES, ZERO)
    haste = [one for one in run.refusals if one.answer.reason in HASTE]
    last, worth_before = backtest, _worth(run, backtest.ending)
    for cause, refusals, is_needed in (
        ("latency", (), bool(run.round_trips)),
        ("rate_limit", haste, bool(haste)),
        ("rejection", run.refusals, len(run.refusals) > len(haste)),
    ):
        if is_needed:
            last = _played(run, models, measured=True, refusals=refusals)
            worth = _worth(run, last.ending)
            parts[cause], worth_before = worth - worth_before, worth
    _split_rest(run, last.done, in_the_run - worth_before, parts)
    return parts


def _played(run: KeptRun, models: Models, *, measured: bool = False, refusals: Collection[Refusal] = ()) -> Retelling:
    retelling = Retelling(run, models, measured=measured, refusals=refusals)
    retelling.play()
    return retelling


def _quote(run: KeptRun) -> str:
    return next(iter(run.markets)).partition("-")[0]


def _totals(balances: Mapping[str, Balance]) -> dict[str, Decimal]:
    return {currency: one.free + one.locked for currency, one in balances.items()}


def _worth(run: KeptRun, balances: Mapping[str, Decimal]) -> Decimal:
    """Everything in the quote currency; a coin without a price was never traded here and counts nothing."""
    quote = _quote(run)
    coins = (amount * run.prices.get(f"{quote}-{currency}", ZERO) for currency, amount in balances.items())
    return balances.get(quote, ZERO) + sum(coins, ZERO)


# ------------------------------------------------ what the last backtest does not explain


def _split_rest(run: KeptRun, test: Iterable[Done], rest: Decimal, parts: dict[str, Decimal]) -> None:
    left = rest
    for pair in matched(list(run.orders.values()), list(test)):
        gain = gain_of(run, pair)
        if gain and (cause := _cause(run, pair)) is not None:
            parts[cause] += gain
            left -= gain
    parts["unexplained"] = left


def _cause(run: KeptRun, pair: Pair) -> str | None:
    """What an order can tell of its own difference; None where it cannot."""
    if any(_touches(hole, one) for hole in run.holes for one in (pair.run, pair.test) if one is not None):
        return "missed_data"
    ours, theirs = pair.run, pair.test
    if ours is None or theirs is None or ours.refused or theirs.refused or not _asks_the_same(ours, theirs):
        return None
    roles = ours.roles | theirs.roles
    if roles == {False} and ours.volume == theirs.volume:
        return "slippage"
    rests = ours.intent.kind is OrderKind.LIMIT and ours.intent.tif in {TimeInForce.GTC, TimeInForce.POST_ONLY}
    return "queue" if roles == {True} and rests else None


def _touches(hole: Hole, one: Done) -> bool:
    return one.decided_ns <= hole.end_ns + AFTER_HOLE_NS and one.ended_ns >= hole.begin_ns


def _asks_the_same(ours: Done, theirs: Done) -> bool:
    one, other = ours.intent, theirs.intent
    return (one.kind, one.price, one.volume, one.spend, one.tif) == (
        other.kind,
        other.price,
        other.volume,
        other.spend,
        other.tif,
    )
