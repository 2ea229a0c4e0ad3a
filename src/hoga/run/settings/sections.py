"""The parts of `hoga.toml`, each with its defaults and its bounds."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

MAX_MARKETS = 50  # a private bot that watches more wants several processes

Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of `hoga.toml`; a misspelt key is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Trading(Section):
    """`[trade]`: what to trade, with which strategy, with how much; how long the strategy may take for a decision."""

    markets: tuple[str, ...] = ("KRW-BTC",)
    strategy: str = "sma-cross"
    budget_krw: Positive | None = None
    decision_ms: int = Field(default=250, ge=50, le=60_000)

    @field_validator("markets")
    @classmethod
    def _codes_look_right(cls, markets: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(markets) <= MAX_MARKETS:
            raise ValueError(f"name 1 to {MAX_MARKETS} markets")
        for code in markets:
            quote, dash, base = code.partition("-")
            if not (dash and quote.isalnum() and base.isalnum() and code == code.upper()):
                raise ValueError(f"{code!r} is not a market code; write it like KRW-BTC")
        return markets


class Exchange(Section):
    """`[exchange]`: how to reach the venue. The addresses are only for servers on this machine (simulator keys).

    `key_file` has `HOGA_ACCESS_KEY=` and `HOGA_SECRET_KEY=` lines; only its owner may be able to read it.
    """

    rest_url: str | None = None
    websocket_url: str | None = None
    key_file: Path | None = None
    algorithm: Literal["HS512", "HS256"] = "HS512"
    reconcile_every_s: float = Field(default=30.0, ge=1, le=600)
    order_deadline_s: float = Field(default=10.0, ge=0.5, le=60)


class Logging(Section):
    """`[log]`: one JSON line an event in a file (UTC), and a readable console (KST)."""

    directory: Path = Path("logs")
    level: Literal["debug", "info", "warning", "error"] = "info"
    console: bool = True


class JournalFile(Section):
    """`[journal]`: where every decision is written before it leaves. One file, one bot."""

    path: Path = Path("var/hoga.journal")


class TapeFolder(Section):
    """`[tape]`: where every frame is kept as it came; without a directory none is."""

    directory: Path | None = None
    keep_days: int = Field(default=7, ge=1, le=3650)


class StateFolder(Section):
    """`[state]`: the files by which a bot, its watchdog and its operator speak: KILL, PAUSE, HERE, heartbeat.json.

    More than `max_starts` starts within ten minutes that did not end well, and a bot only cancels; 0 counts none.
    A bot that holds more than `memory_limit_mib` ends cleanly, to be started anew; 0 is no limit.
    With `operator_within_s` a person must say `hoga here` so often, or nothing new is ordered.
    """

    directory: Path = Path("var")
    watchdog_after_s: float = Field(default=30.0, ge=2, le=3600)
    operator_within_s: float | None = Field(default=None, ge=10, le=86_400)
    memory_limit_mib: int = Field(default=1024, ge=0, le=1024 * 1024)
    max_starts: int = Field(default=5, ge=0, le=1_000)


class Paper(Section):
    """`[paper]`: the account and the exchange of `hoga run --venue paper` (docs/paper.md).

    `balances` by currency are what the first run begins with; later ones go on with what is left, unless `carry_over`
    is off. Without `fee_rate` (0.0005 is 0.05 %) fees are Upbit's. `latency_ms` lies between a decision and the
    exchange, and again on the way back; `jitter_ms` is the mean of a random delay on top. `queue`: see docs/fills.md.
    """

    balances: dict[str, Positive] = Field(default_factory=lambda: {"KRW": Decimal(10_000_000)})
    carry_over: bool = True
    fee_rate: Decimal | None = Field(default=None, ge=0, lt=1)
    latency_ms: int = Field(default=50, ge=0, le=60_000)
    jitter_ms: int = Field(default=0, ge=0, le=60_000)
    queue: Literal["back", "front", "through"] = "back"
    seed: int = 0
