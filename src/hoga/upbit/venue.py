"""Where keys may go: real ones to Upbit over TLS, the simulator's to this machine, and nothing anywhere else.

The list of hosts is part of the program, so that no setting and no environment variable can send a signed token to a
stranger (reliability table S12 and S16).
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from hoga.model.errors import ConfigError

#: Korea, Singapore, Indonesia, Thailand (Upbit docs, rest-api-guide of 2026-10-07).
UPBIT_HOSTS: Final = frozenset({"api.upbit.com", "sg-api.upbit.com", "id-api.upbit.com", "th-api.upbit.com"})

#: Access keys made by hoga's own simulator begin so; Upbit's are forty letters and digits without a hyphen.
SIMULATOR_KEY_PREFIX: Final = "hoga-sim-"

_SECURE = {"https", "wss"}
_PLAIN = {"http", "ws"}
_TLS_PORT = 443


def check_destination(url: str, access_key: str | None) -> None:
    """Raise `ConfigError` unless requests, signed with `access_key` or with none, may be sent to `url`.

    Only Upbit's own hosts over TLS and this machine's loopback may be spoken to at all.
    """
    fault = _fault(url, access_key)
    if fault:
        raise ConfigError([fault])


def is_loopback(url: str) -> bool:
    """Tell whether a URL names this machine by a loopback address."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fault(url: str, access_key: str | None) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        local = is_loopback(url)
    except ValueError as reason:
        return f"{url!r} is not a usable address ({reason}). Write it like https://api.upbit.com."
    if parts.scheme not in _SECURE | _PLAIN or not host:
        return f"{url!r} is not an address hoga can speak to. Write it like https://api.upbit.com."
    if parts.username is not None or parts.password is not None:
        return f"The address of {host} carries a user name. Remove everything before the @."
    simulated = access_key is not None and access_key.startswith(SIMULATOR_KEY_PREFIX)
    if local:
        harmless = access_key is None or simulated
        return None if harmless else f"A real key must not be sent to {host}. Use the simulator's own (hoga-sim-…)."
    return _fault_abroad(host, is_tls=parts.scheme in _SECURE and port in {None, _TLS_PORT}, simulated=simulated)


def _fault_abroad(host: str, *, is_tls: bool, simulated: bool) -> str | None:
    if host not in UPBIT_HOSTS:
        return f"{host} is neither Upbit nor this machine; nothing is sent there. Use https://api.upbit.com."
    if not is_tls:
        return f"Upbit is spoken to over TLS only. Write https://{host} or wss://{host}."
    if simulated:
        return "A simulator's key (hoga-sim-…) means nothing to Upbit. Use your Upbit key, or choose the simulator."
    return None
