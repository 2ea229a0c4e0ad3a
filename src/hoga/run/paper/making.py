"""A bot on paper, wired: the same brain, journal, tape and controls as live; only where orders go differs."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from hoga.brain.risk.last_hop import LastHop
from hoga.brain.risk.limits import RiskLimits
from hoga.brain.strategy import Needs, Strategy
from hoga.model.events import AccountEvent, Balance, Candle, Orderbook, Stream, Ticker, Trade
from hoga.model.market import Market
from hoga.model.version import __version__
from hoga.net.sensor import Sensor
from hoga.run.clock import steady_clock_ns
from hoga.run.commands.live import id_prefix
from hoga.run.desk import Desk
from hoga.run.guard import strategy_at_work
from hoga.run.paper.beginning import check_journal, ended_orders, first_balances, public_answers
from hoga.run.paper.doors import PaperActuator, PaperCommands, PaperInbox
from hoga.run.paper.venue import PaperVenue
from hoga.run.patience import patiently
from hoga.run.replaying.remaking import brain_for
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import Settings
from hoga.run.settings.sections import Paper
from hoga.run.state.keeping import Kept
from hoga.run.wiring import MAX_COMMANDS, figure, nonces
from hoga.simulator.direct.exchange import DirectExchange
from hoga.simulator.direct.models import Models, Queue
from hoga.upbit.limits.limiter import RateLimiter
from hoga.upbit.stream.subscriptions import Subscription

#: What the matching goes by, whatever the strategy listens to.
SEEN = ("orderbook", "trade")
_KINDS = {"orderbook": Orderbook, "trade": Trade, "ticker": Ticker}


async def make_paper_desk(
    settings: Settings,
    strategy: Strategy,
    limits: RiskLimits,
    log: EventLog,
    *,
    clock_ns: Callable[[], int] | None = None,
    kept: Kept | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Desk:
    """Wire a bot to the public feed and to an exchange in this process; there is no key and no signer."""
    kept = kept or Kept(clock_ns or steady_clock_ns())
    clock_ns = kept.clock_ns
    check_journal(settings, kept.recovered)
    balances = first_balances(settings, kept.recovered)
    with strategy_at_work():
        needs = strategy.needs()
    hop = LastHop(limits)
    making = _Making(settings, needs, hop, log, clock_ns)
    try:
        rules, history = await patiently(lambda: public_answers(making.asking, needs), log=log, tell=tell)
    except BaseException:
        await making.asking.close()
        raise
    venue = making.venue(rules, balances, kept)
    prefix, now_ns = id_prefix(datetime.now(UTC)), clock_ns()
    tape = kept.open_tape(settings, prefix, log)
    sensor = making.sensor(None if tape is None else tape.frame)
    with strategy_at_work():  # the brain asks it for its needs, too
        brain = brain_for(settings, strategy, limits, prefix, now_ns, history)
    venue.brain, hop.orders = brain, brain.orders
    kept.begin(settings, needs, history, prefix, now_ns)
    kept.hand_over(brain, log, now_ns)
    tell(_begins_with(balances, kept))
    desk = Desk(
        strategy=strategy,
        brain=brain,
        inbox=making.inbox,
        commands=making.commands,
        sensor=sensor,
        actuator=making.asking,
        limiter=making.limiter,
        log=log,
        clock_ns=clock_ns,
    )
    desk.books, desk.taping = kept.books, tape
    return desk


class _Making:
    """The parts that must exist before the rules of the markets are known, and those made of them."""

    def __init__(
        self, settings: Settings, needs: Needs, hop: LastHop, log: EventLog, clock_ns: Callable[[], int]
    ) -> None:
        self._settings, self._needs, self._log, self._clock_ns = settings, needs, log, clock_ns
        self.limiter = RateLimiter()
        self.inbox: PaperInbox
        self.commands = PaperCommands(MAX_COMMANDS, hop, report=self._report, clock_ns=clock_ns)
        self.asking = PaperActuator(
            commands=self.commands,
            report=self._report,
            rest_url=settings.rest_url,
            signer=None,
            limiter=self.limiter,
            clock_ns=clock_ns,
            nonce=nonces(),
            user_agent=f"hoga/{__version__}",
            log=log,
        )

    def venue(self, rules: Mapping[str, Market], balances: Sequence[Balance], kept: Kept) -> PaperVenue:
        """The exchange in this process, behind the inbox and the command queue."""
        exchange = DirectExchange(
            rules,
            {one.currency: one.free for one in balances},
            models_of(self._settings.paper),
            avg_buy_prices={one.currency: one.avg_buy_price for one in balances if one.avg_buy_price},
        )
        venue = PaperVenue(exchange, self._clock_ns, ended_orders(kept.recovered.orders, self._clock_ns()))
        self.asking.venue = venue
        self.commands.take = venue.take
        self.inbox = PaperInbox(venue, frozenset(_KINDS.get(name, Candle) for name in self._needs.streams))
        return venue

    def sensor(self, tape: Callable[[Stream, int, bytes], None] | None) -> Sensor:
        """Listens to the public feed alone."""
        streams = dict.fromkeys((*self._needs.streams, *SEEN))
        return Sensor(
            websocket_url=self._settings.websocket_url,
            subscriptions=[Subscription(type=stream, codes=self._needs.markets) for stream in streams],
            private=False,
            signer=None,
            inbox=self.inbox,
            limiter=self.limiter,
            clock_ns=self._clock_ns,
            monotonic_s=time.monotonic,
            random=random.random,
            nonce=nonces(),
            tape=tape,
            log=self._log,
        )

    def _report(self, event: AccountEvent) -> None:
        self.inbox.put_first(event)


def models_of(paper: Paper) -> Models:
    """What is assumed of the exchange; `ConfigError` where it makes no sense."""
    models = Models(
        taker_fee=paper.fee_rate,
        maker_fee=paper.fee_rate,
        latency_ns=paper.latency_ms * 1_000_000,
        jitter_ns=paper.jitter_ms * 1_000_000,
        queue=Queue(paper.queue),
        seed=paper.seed,
    )
    models.check()
    return models


def _begins_with(balances: Sequence[Balance], kept: Kept) -> str:
    held = ", ".join(f"{figure(one.free)} {one.currency}" for one in balances) or "nothing"
    cancelled = len(kept.recovered.orders)
    told = f"PAPER: no order leaves this process. The account begins with {held}."
    return f"{told} Open orders of the run before, now cancelled: {cancelled}." if cancelled else told
