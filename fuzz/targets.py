"""What is fed, and what must hold: each target makes one input from chance, feeds it, and says whether it was taken.

A wrong exception, a wrong amount or an impossible answer is raised; the runner keeps the input that did it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from random import Random

from fuzz import seeds
from fuzz.mutate import respelled, spoiled
from fuzz.venue import Door
from hoga.brain.risk.limits import RiskLimits
from hoga.model.errors import ConfigError, WireError
from hoga.model.events import Fill, Orderbook, OrderReport, Ticker, Trade
from hoga.run.settings.config import load
from hoga.strategies import STRATEGIES
from hoga.upbit.answers import account as answers, quotation as answers_quotation
from hoga.upbit.answers.errors import blocked_for_s, read_refusal
from hoga.upbit.limits.limiter import GROUPS, RateLimiter
from hoga.upbit.stream.frames import decode_frame
from hoga.upbit.stream.subscriptions import FrameFormat

Target = Callable[[Random], tuple[bytes, bool]]


class WrongError(Exception):
    """What was made of an input is not what the input says."""


#: Event -> (its field, the key of the message).
_SAID: Mapping[type, Sequence[tuple[str, str]]] = {
    Trade: (("price", "trade_price"), ("volume", "trade_volume"), ("best_ask_size", "best_ask_size")),
    Ticker: (("price", "trade_price"),),
    Fill: (("price", "price"), ("volume", "volume"), ("fee", "trade_fee")),
    OrderReport: (
        *((name, name) for name in ("price", "volume", "remaining_volume", "executed_volume", "paid_fee", "locked")),
    ),
}


def hold_to_text(heard: object, raw: bytes) -> None:
    """Every amount that was taken is the decimal that stands in the text, read by somebody else's reader."""
    pairs = next((pairs for kind, pairs in _SAID.items() if isinstance(heard, kind)), ())
    if not pairs:
        return
    try:
        row = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError, InvalidOperation):
        return  # not one message in UTF-8: what of it was taken is compared by others
    if not isinstance(row, dict) or "ty" in row or "tp" in row:
        return  # a list, or a splice of both spellings: which of two amounts counts is nobody's word
    for field, key in pairs:
        told, taken = row.get(key), getattr(heard, field, None)
        if isinstance(told, Decimal | str) and taken is not None and Decimal(told) != taken:
            raise WrongError(f"{key} is {told}, and {taken} was taken")


class Readers:
    """Frames, answers, headers and settings: everything that reads text from outside."""

    def __init__(self, recorded: Path | None, folder: Path) -> None:
        self._frames = seeds.frames(recorded)
        self._bodies = seeds.bodies(recorded)
        self._formats = list(FrameFormat)
        self._limiter, self._now_s = RateLimiter(), 0.0
        self._config = folder / "hoga.toml"

    def frame(self, chance: Random) -> tuple[bytes, bool]:
        """One WebSocket frame."""
        if chance.random() < 0.3:
            raw = respelled(chance, *seeds.RESPELLED[chance.choice(("trade", "ticker", "myOrder"))])
            frame_format = FrameFormat.DEFAULT
        else:
            raw, frame_format = spoiled(chance, self._frames), chance.choice(self._formats)
        try:
            for heard in decode_frame(raw, 1, frame_format):
                if isinstance(heard, Orderbook):
                    _ = heard.best, heard.units
                hold_to_text(heard, raw)
        except WireError:
            return raw, False
        return raw, True

    def body(self, chance: Random) -> tuple[bytes, bool]:
        """One answer, read as each thing it might be."""
        is_good = chance.random() < 0.3
        raw = respelled(chance, *seeds.RESPELLED["order"]) if is_good else spoiled(chance, self._bodies)
        refusal = read_refusal(chance.choice((400, 401, 404, 418, 429, 500, 502)), raw)
        wait_s = blocked_for_s(refusal)
        if wait_s is not None and not wait_s >= 0:
            raise WrongError(f"a block of {wait_s} s")
        try:
            read = chance.choice(_READ)
            for heard in _each(read(raw)):
                hold_to_text(heard, raw)
        except WireError:
            return raw, False
        return raw, True

    def header(self, chance: Random) -> tuple[bytes, bool]:
        """One `Remaining-Req`: whatever it says, the limiter stays sane and lets the next request out in time."""
        raw = spoiled(chance, seeds.HEADERS)
        group = chance.choice(list(GROUPS))
        self._now_s += chance.random()
        if len(self._limiter.state(self._now_s)) and chance.random() < 0.001:
            self._limiter = RateLimiter()
        ready_s = self._limiter.ready_at(group, self._now_s)
        if not ready_s < self._now_s + 60:
            raise WrongError(f"{group} is closed until {ready_s}, now is {self._now_s}")
        self._now_s = max(self._now_s, ready_s)
        permit = self._limiter.take(group, self._now_s)
        self._limiter.answered(permit, self._now_s + 0.01, raw.decode("latin-1"))
        state = next(each for each in self._limiter.state(self._now_s) if each.group == group)
        documented = GROUPS[group].windows[0].limit
        if not 1 <= state.budget <= 4 * documented:
            raise WrongError(f"{group} has a budget of {state.budget}, documented are {documented}")
        return raw, True

    def config(self, chance: Random) -> tuple[bytes, bool]:
        """One `hoga.toml`, with the strategy's and the risk checks' settings in it."""
        raw = spoiled(chance, seeds.CONFIGS)
        self._config.write_bytes(raw)
        try:
            settings = load(self._config)
            if chosen := STRATEGIES.get(settings.trade.strategy):
                chosen.Params.read(settings.strategy, where="strategy")
            limits = RiskLimits.read(settings.risk, where="risk")
        except ConfigError as error:
            if not error.problems:
                raise WrongError("refused without a reason") from error
            return raw, False
        if not (limits.max_order_value > 0 and 0 <= limits.price_collar <= 1):
            raise WrongError(f"limits that limit nothing: {limits}")
        return raw, True


_READ: Sequence[Callable[[bytes], object]] = (
    answers.read_order,
    answers.read_order,
    answers.read_orders,
    answers.read_accounts,
    answers.read_chance,
    answers.read_cancel_lists,
    answers.read_replaced,
    answers_quotation.read_markets,
    answers_quotation.read_instruments,
    answers_quotation.read_trades,
    answers_quotation.read_tickers,
    answers_quotation.read_orderbooks,
    lambda raw: answers_quotation.read_candles(raw, 60),
)


def _each(made: object) -> Iterable[object]:
    return made if isinstance(made, tuple) else (made,)


def targets(recorded: Path | None, folder: Path) -> Mapping[str, Target]:
    """Every target by name. `recorded` are messages to begin from, `folder` is where a configuration is written."""
    readers, door = Readers(recorded, folder), Door()
    return {
        "frames": readers.frame,
        "bodies": readers.body,
        "headers": readers.header,
        "configs": readers.config,
        "requests": door.request,
    }
