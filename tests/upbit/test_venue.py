"""Keys go where they belong and nowhere else."""

import pytest

from hoga.model.errors import ConfigError
from hoga.upbit.venue import SIMULATOR_KEY_PREFIX, UPBIT_HOSTS, check_destination, is_loopback

REAL = "a-real-looking-key"
SIMULATED = SIMULATOR_KEY_PREFIX + "1"


@pytest.mark.parametrize("host", sorted(UPBIT_HOSTS))
@pytest.mark.parametrize("scheme", ["https", "wss"])
@pytest.mark.parametrize("key", [REAL, None])
def test_a_real_key_or_none_goes_to_upbit_over_tls_s12(host: str, scheme: str, key: str | None):
    check_destination(f"{scheme}://{host}", key)
    check_destination(f"{scheme}://{host.upper()}:443/websocket/v1/private", key)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "ws", "https", "wss"])
@pytest.mark.parametrize("key", [SIMULATED, None])
def test_a_simulators_key_or_none_stays_on_this_machine_p27_s12(host: str, scheme: str, key: str | None):
    check_destination(f"{scheme}://{host}:8080", key)


@pytest.mark.parametrize(
    ("url", "key", "word"),
    [
        ("http://127.0.0.1:8080", REAL, "real key"),
        ("http://localhost", REAL, "real key"),
        ("https://api.upbit.com", SIMULATED, "simulator"),
        ("http://api.upbit.com", REAL, "TLS"),
        ("ws://api.upbit.com", None, "TLS"),
        ("https://api.upbit.com:8443", REAL, "TLS"),
        ("https://evil.example", REAL, "neither"),
        ("https://evil.example", SIMULATED, "neither"),
        ("https://evil.example", None, "neither"),
        ("https://api.upbit.com.evil.example", REAL, "neither"),
        ("https://xapi.upbit.com", REAL, "neither"),
        ("https://api.upbit.com.", REAL, "neither"),
        ("https://127.0.0.1.evil.example", SIMULATED, "neither"),
        ("http://0.0.0.0", SIMULATED, "neither"),
        ("http://192.168.0.7", SIMULATED, "neither"),
        ("https://api.upbit.com@evil.example", REAL, "user name"),
        ("https://user:word@api.upbit.com", REAL, "user name"),
        ("ftp://api.upbit.com", REAL, "not an address"),
        ("api.upbit.com", REAL, "not an address"),
        ("", REAL, "not an address"),
        ("https://[::1", REAL, "not a usable address"),
        ("https://api.upbit.com:99999", REAL, "not a usable address"),
    ],
)
def test_anything_else_is_refused_with_a_reason_s16(url: str, key: str | None, word: str):
    with pytest.raises(ConfigError, match=word) as caught:
        check_destination(url, key)

    assert REAL not in str(caught.value)


def test_loopback_is_told_from_what_only_looks_like_it():
    assert is_loopback("http://127.0.0.1:1")
    assert not is_loopback("http://127.0.0.1.evil.example")
    assert not is_loopback("https://api.upbit.com")
