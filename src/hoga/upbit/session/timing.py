"""How long a WebSocket session waits for what."""

from msgspec import Struct

from hoga.upbit.session.backoff import FIRST_RETRY_S, MAX_RETRY_S, MINUTE_S
from hoga.upbit.session.freshness import STALE_MAX_S, STALE_MIN_S


class Timing(Struct, frozen=True, kw_only=True):
    """The waits of a session, in seconds. Only tests have reason to change them."""

    ping_every_s: float = 10.0  # idle sockets were seen to die after 60 s although 120 s is documented (2026-09-22)
    pong_within_s: float = 10.0  # so a dead peer is found within 20 s
    send_within_s: float = 5.0
    first_data_within_s: float = 10.0  # first data was seen 0.2 to 0.4 s after subscribing (2026-09-22)
    deaf_after_s: float = 5.0
    healthy_after_s: float = 5.0
    look_every_s: float = 1.0
    stale_min_s: float = STALE_MIN_S
    stale_max_s: float = STALE_MAX_S
    max_patience_s: float = 900.0
    first_retry_s: float = FIRST_RETRY_S
    max_retry_s: float = MAX_RETRY_S
    busy_retry_s: float = 5.0
    minute_s: float = MINUTE_S
    alert_after_s: tuple[float, ...] = (30.0, 300.0)
