"""What the trader decided: `hoga.toml`, then the environment, then the command line; every fault reported at once.

Keys come from the environment, a private `.env` or a private key file, never from `hoga.toml` and never from the
command line.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from hoga.model.errors import ConfigError
from hoga.model.secret import Secret
from hoga.run.settings.env_file import read_env_file, read_private
from hoga.run.settings.sections import Exchange, JournalFile, Logging, Paper, StateFolder, TapeFolder, Trading
from hoga.upbit.venue import is_loopback

MAX_CONFIG_BYTES = 1024 * 1024

ACCESS_KEY_NAMES = ("HOGA_ACCESS_KEY", "UPBIT_ACCESS_KEY")
SECRET_KEY_NAMES = ("HOGA_SECRET_KEY", "UPBIT_SECRET_KEY")

UPBIT_REST_URL = "https://api.upbit.com"
UPBIT_WEBSOCKET_URL = "wss://api.upbit.com/websocket/v1"

#: Where `hoga simulate` listens unless told otherwise.
SIMULATOR_REST_URL = "http://127.0.0.1:8700"
SIMULATOR_WEBSOCKET_URL = "ws://127.0.0.1:8700/websocket/v1"


def _secret(given: object) -> Secret:
    if isinstance(given, Secret):
        return given
    if not isinstance(given, str):
        raise ValueError("a key is a text")  # noqa: TRY004 - what pydantic turns into a fault of the configuration
    return Secret(given)


Key = Annotated[Secret, BeforeValidator(_secret), PlainSerializer(lambda _: "hidden")]


class Venue(StrEnum):
    """Where orders go: our own exchange (no money), one in this process that hears the real feed, or the real one."""

    SIMULATOR = "simulator"
    PAPER = "paper"
    UPBIT = "upbit"


class Settings(BaseSettings):
    """Everything hoga can be told. Order of precedence: command line, environment (`HOGA_…`), `.env`, `hoga.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="HOGA_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
        arbitrary_types_allowed=True,
    )

    venue: Venue = Venue.SIMULATOR
    language: Literal["ko", "en"] = "ko"
    trade: Trading = Trading()
    strategy: dict[str, Any] = Field(default_factory=dict)
    risk: dict[str, Any] = Field(default_factory=dict)
    exchange: Exchange = Exchange()
    log: Logging = Logging()
    journal: JournalFile = JournalFile()
    tape: TapeFolder = TapeFolder()
    state: StateFolder = StateFolder()
    paper: Paper = Paper()
    access_key: Key | None = None
    secret_key: Key | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put `hoga.toml` last: whoever typed a value or exported it meant it."""
        del dotenv_settings, file_secret_settings  # `.env` is read by `environment` below, which checks who may read it
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def rest_url(self) -> str:
        """Where REST requests go."""
        at_home = SIMULATOR_REST_URL if self.venue is Venue.SIMULATOR else UPBIT_REST_URL
        return self.exchange.rest_url or at_home

    @property
    def websocket_url(self) -> str:
        """Where the public socket connects; the private one adds `/private`."""
        at_home = SIMULATOR_WEBSOCKET_URL if self.venue is Venue.SIMULATOR else UPBIT_WEBSOCKET_URL
        return self.exchange.websocket_url or at_home


def load(path: Path | None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings; `ConfigError` with every fault at once, each with what to do.

    `path` is `hoga.toml` (None: none wanted, defaults and environment only). `overrides` are the command line's words.
    """
    problems = _unreadable(path)
    if problems:
        raise ConfigError(problems)
    env_problems = read_env_file(Path(".env"))
    if env_problems:
        raise ConfigError(env_problems)
    chosen = type("FromFile", (Settings,), {"model_config": SettingsConfigDict(toml_file=path)})
    keys = {"access_key": _first_of(ACCESS_KEY_NAMES), "secret_key": _first_of(SECRET_KEY_NAMES)}
    if path is not None and (named := sorted(keys.keys() & _top_level(path))):
        raise ConfigError([f"{path}: {name} must not stand in a file; export HOGA_{name.upper()}." for name in named])
    try:
        settings: Settings = chosen(**{name: value for name, value in keys.items() if value} | dict(overrides or {}))
    except ValidationError as error:
        raise ConfigError([_in_words(fault, path) for fault in error.errors()]) from None
    if wrong := _cross_check(settings):
        raise ConfigError(wrong)
    if settings.venue is Venue.PAPER:  # whatever keys are lying about, it has none
        return settings.model_copy(update={"access_key": None, "secret_key": None})
    return settings if settings.exchange.key_file is None else _with_keys_of(settings, settings.exchange.key_file)


def _with_keys_of(settings: Settings, path: Path) -> Settings:
    """The settings with the keys of the key file; `ConfigError` unless it is private, whole and the only source."""
    values, problems = read_private(path)
    known = {"access_key": ACCESS_KEY_NAMES, "secret_key": SECRET_KEY_NAMES}
    found = {key: next((values[name] for name in names if values.get(name)), None) for key, names in known.items()}
    if not problems:
        problems += [f"{path} has no {known[key][0]}=… line." for key, value in found.items() if value is None]
        if settings.access_key or settings.secret_key:
            problems.append(f"Keys stand in the environment and in {path}: leave them in one place.")
    if problems:
        raise ConfigError(problems)
    return settings.model_copy(update={key: Secret(value) for key, value in found.items() if value is not None})


def require_keys(settings: Settings) -> tuple[Secret, Secret]:
    """The two keys, or `ConfigError` that says how to give them."""
    if settings.access_key and settings.secret_key:
        return settings.access_key, settings.secret_key
    missing = [
        names[0]
        for names, value in ((ACCESS_KEY_NAMES, settings.access_key), (SECRET_KEY_NAMES, settings.secret_key))
        if not value
    ]
    raise ConfigError(
        [
            f"{name} is not set: export it, or put it into a .env or a key_file that only you can read. "
            "Without keys, `hoga demo` runs on our own exchange."
            for name in missing
        ]
    )


def _unreadable(path: Path | None) -> list[str]:
    if path is None:
        return []
    if not path.is_file():
        return [f"There is no {path}: write one (README, Configuration) or leave --config out."]
    if path.stat().st_size > MAX_CONFIG_BYTES:
        return [f"{path} is larger than {MAX_CONFIG_BYTES} bytes; that is not a configuration."]
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [f"{path} is not valid TOML: {error}."]
    except RecursionError:
        return [f"{path} is nested too deeply for a configuration."]
    return []


def _top_level(path: Path) -> set[str]:
    return set(tomllib.loads(path.read_text(encoding="utf-8")))


def _first_of(names: tuple[str, ...]) -> str | None:
    # Taken out, so that neither a dump of the environment nor a child process has them.
    return next((text for text in [os.environ.pop(name, "") for name in names] if text), None)


def _in_words(fault: Mapping[str, Any], path: Path | None) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    place = f"{path}: {where}" if path else where
    if fault["type"] == "extra_forbidden":
        return f"{place} is not a setting{_meant(fault['loc'])}."
    given = "" if "key" in where else f" (given: {fault['input']!r})"
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}{given}."


def _meant(location: tuple[Any, ...]) -> str:
    model: Any = Settings
    for part in location[:-1]:
        field = model.model_fields.get(part)
        model = field.annotation if field else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return ""
    close = get_close_matches(str(location[-1]), list(model.model_fields), n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(model.model_fields)}"


def _cross_check(settings: Settings) -> list[str]:
    problems = []
    if settings.venue is not Venue.UPBIT:
        # Real money needs the word `upbit`, whatever addresses and keys are lying about.
        problems += [
            f"{url!r} is not on this machine: venue = '{settings.venue}' goes to no other address; real money needs "
            "venue = 'upbit'."
            for url in (settings.exchange.rest_url, settings.exchange.websocket_url)
            if url and _is_abroad(url)
        ]
    if bool(settings.exchange.rest_url) != bool(settings.exchange.websocket_url):
        problems.append("exchange.rest_url and exchange.websocket_url go together: give both or neither.")
    if settings.venue is Venue.UPBIT and settings.exchange.rest_url:
        problems.append("venue = 'upbit' goes to Upbit's own hosts: leave rest_url and websocket_url out.")
    if settings.venue is Venue.UPBIT and settings.trade.budget_krw is None:
        problems.append("trade.budget_krw is missing: with real money, say how much the bot may use.")
    return problems


def _is_abroad(url: str) -> bool:
    try:
        return not is_loopback(url)
    except ValueError:
        return True
