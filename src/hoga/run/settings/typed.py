"""What was typed on the command line, as settings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hoga.model.errors import ConfigError


def settings_from(
    config: Path | None,
    *,
    venue: str | None = None,
    strategy: str | None = None,
    market: Sequence[str] | None = None,
    set_: Sequence[str] | None = None,
    urls: tuple[str | None, str | None] = (None, None),
) -> Any:  # noqa: ANN401 - Settings is slow to import, and not every command needs it
    """Read the settings with what was typed on top."""
    from hoga.run.settings.config import load  # noqa: PLC0415 - as above

    path = config or (Path("hoga.toml") if Path("hoga.toml").is_file() else None)
    trade = {"strategy": strategy, "markets": tuple(market) if market else None}
    exchange = {"rest_url": urls[0], "websocket_url": urls[1]}
    typed: dict[str, Any] = {
        "venue": venue,
        "trade": {name: value for name, value in trade.items() if value},
        "exchange": {name: value for name, value in exchange.items() if value},
        "strategy": pairs(set_ or []),
    }
    return load(path, {name: value for name, value in typed.items() if value})


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Read `name=value` words; `ConfigError` for any without an equals sign."""
    wrong = [word for word in words if "=" not in word]
    if wrong:
        raise ConfigError([f"--set {word}: write it as name=value." for word in wrong])
    return dict(word.split("=", 1) for word in words)
