"""Settings: every fault is told at once, each with what to do; keys come only from the environment."""

import os
from decimal import Decimal

import pytest

from hoga.model.errors import ConfigError
from hoga.model.secret import Secret
from hoga.run.settings.config import Venue, load, require_keys
from hoga.run.settings.durations import seconds

KEY_NAMES = ("HOGA_ACCESS_KEY", "HOGA_SECRET_KEY", "UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in KEY_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())


def written(tmp_path, text):
    path = tmp_path / "hoga.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path, **overrides):
    with pytest.raises(ConfigError) as caught:
        load(path, overrides)
    return caught.value.problems


def test_without_a_file_the_defaults_trade_on_our_own_exchange():
    settings = load(None)

    assert settings.venue is Venue.SIMULATOR
    assert settings.trade.markets == ("KRW-BTC",)


def test_every_fault_of_a_file_is_told_at_once_with_what_to_do_p26(tmp_path):
    path = written(
        tmp_path,
        """
        venu = "simulator"
        language = "jp"
        [trade]
        markets = ["krw-btc"]
        budget_krw = "NaN"
        [exchange]
        reconcile_every_s = 0
        """,
    )

    problems = faults(path)

    assert len(problems) == 5
    text = "\n".join(problems)
    assert "did you mean venue?" in text
    assert "write it like KRW-BTC" in text
    for place in ("language", "trade.budget_krw", "exchange.reconcile_every_s"):
        assert place in text


def test_a_file_that_is_not_toml_says_where(tmp_path):
    assert "line 1" in faults(written(tmp_path, "venue = simulator"))[0]


def test_a_missing_file_says_what_to_do(tmp_path):
    assert "leave --config out" in faults(tmp_path / "nowhere.toml")[0]


def test_keys_in_the_file_are_refused(tmp_path):
    problems = faults(written(tmp_path, 'access_key = "a"\nsecret_key = "b"'))

    assert ["HOGA_ACCESS_KEY" in problems[0], "HOGA_SECRET_KEY" in problems[1]] == [True, True]


def test_missing_keys_are_named_one_by_one(monkeypatch):
    monkeypatch.setenv("UPBIT_ACCESS_KEY", "made-up")

    with pytest.raises(ConfigError) as caught:
        require_keys(load(None))

    assert len(caught.value.problems) == 1
    assert "HOGA_SECRET_KEY" in caught.value.problems[0]


def test_keys_are_read_from_a_private_env_file_and_never_shown_s2(tmp_path):
    env = tmp_path / ".env"
    env.write_text("UPBIT_ACCESS_KEY=made-up\nexport UPBIT_SECRET_KEY='also made up'\n")
    env.chmod(0o600)

    settings = load(None)

    assert require_keys(settings) == (Secret("made-up"), Secret("also made up"))
    assert "made" not in repr(settings)
    assert "made" not in settings.model_dump_json()


def test_an_env_file_others_can_read_is_refused_s6(tmp_path):
    env = tmp_path / ".env"
    env.write_text("UPBIT_ACCESS_KEY=made-up\n")
    env.chmod(0o644)

    assert "chmod 600" in faults(None)[0]


def key_file(folder, text="HOGA_ACCESS_KEY=made-up\nHOGA_SECRET_KEY=also made up\n"):
    file = folder / "keys"
    file.write_text(text)
    file.chmod(0o600)
    return written(folder, f'[exchange]\nkey_file = "{file}"')


def test_keys_are_read_from_the_key_file_the_configuration_names_k1_s4(tmp_path):
    settings = load(key_file(tmp_path))

    assert require_keys(settings) == (Secret("made-up"), Secret("also made up"))
    assert "made" not in repr(settings)
    assert not [name for name in os.environ if "SECRET_KEY" in name]


def test_a_key_file_others_can_read_is_refused_k1_s6(tmp_path):
    path = key_file(tmp_path)
    for mode in (0o640, 0o604, 0o620, 0o777):
        (tmp_path / "keys").chmod(mode)

        assert "chmod 600" in faults(path)[0]


def test_a_key_file_of_another_user_is_refused_k1_s6(tmp_path, monkeypatch):
    path = key_file(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

    assert "another user" in faults(path)[0]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_file_is_no_key_file_and_does_not_hang_the_start_k1_p26(tmp_path, make):
    path = key_file(tmp_path)
    (tmp_path / "keys").unlink()
    make(tmp_path / "keys", 0o600)

    assert faults(path)[0].startswith(f"{tmp_path / 'keys'} ")


def test_a_key_file_must_be_whole_and_the_only_source_k1(tmp_path, monkeypatch):
    assert faults(key_file(tmp_path, "HOGA_ACCESS_KEY=a\n")) == [f"{tmp_path / 'keys'} has no HOGA_SECRET_KEY=… line."]
    assert "expected NAME=value" in faults(key_file(tmp_path, "the key\n"))[0]
    assert "larger than" in faults(key_file(tmp_path, "#" * 100_000))[0]
    monkeypatch.setenv("HOGA_ACCESS_KEY", "other")
    assert "leave them in one place" in faults(key_file(tmp_path))[0]
    (tmp_path / "keys").unlink()
    assert "cannot be read" in faults(tmp_path / "hoga.toml")[0]


def test_real_money_needs_a_budget_and_upbits_own_addresses_p26(tmp_path):
    path = written(
        tmp_path,
        """
        venue = "upbit"
        [exchange]
        rest_url = "http://127.0.0.1:1"
        websocket_url = "ws://127.0.0.1:1"
        """,
    )

    problems = faults(path)

    assert ["own hosts" in problems[0], "budget_krw" in problems[1]] == [True, True]


def test_the_command_line_wins_over_the_environment_and_the_environment_over_the_file(tmp_path, monkeypatch):
    path = written(tmp_path, 'language = "en"\nvenue = "simulator"\n[trade]\nstrategy = "grid"\nbudget_krw = 5000000\n')
    monkeypatch.setenv("HOGA_LANGUAGE", "ko")
    monkeypatch.setenv("HOGA_TRADE__STRATEGY", "dca")

    settings = load(path, {"trade": {"strategy": "sma-cross"}})

    assert (settings.language, settings.trade.strategy) == ("ko", "sma-cross")
    assert settings.trade.budget_krw == Decimal(5_000_000)


@pytest.mark.parametrize(("text", "expected"), [("60s", 60.0), ("90", 90.0), ("1m30s", 90.0), ("2h", 7200.0)])
def test_durations_are_read_as_people_write_them(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "-3s", "3s5"])
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(ConfigError):
        seconds(text)
