"""The back door for tests, on loopback only: the venue's private truth, and a hand on everything.

Every answer is JSON, amounts are decimal strings. A POST takes a JSON object whose fields are those of the struct named
beside it in `_ACTIONS` (admin_words.py); `account` is `main` where it is left out.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import msgspec
from aiohttp import web

from hoga.model.errors import HogaError
from hoga.model.events import Announcement
from hoga.simulator import admin_words as words
from hoga.simulator.admin_words import MAIN_ACCOUNT
from hoga.simulator.core.orders import NewOrder
from hoga.simulator.core.refusals import Refused
from hoga.simulator.rest import wire
from hoga.simulator.rest.keys import SCOPES, ApiKey

if TYPE_CHECKING:
    from hoga.simulator.server import RunningSimulator


class AdminApi:
    """Reads and moves one running simulator."""

    def __init__(self, running: "RunningSimulator") -> None:
        self._running = running
        self._venue = running.venue

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request; a browser's (`Origin`) is refused."""
        path, _, query = request.raw_path.partition("?")
        if "Origin" in request.headers:
            return _json({"error": "browsers have no business here"}, 403)
        try:
            if request.method == "GET" and path in _LOOKS:
                return _json(_LOOKS[path](self, {name: values[-1] for name, values in parse_qs(query).items()}))
            if request.method == "POST" and path in _ACTIONS:
                shape, act = _ACTIONS[path]
                answer = act(self, msgspec.json.decode(await request.read() or b"{}", type=shape))
                self._running.pump.flush()
                return _json(answer)
        except (HogaError, msgspec.MsgspecError, KeyError) as wrong:
            return _json({"error": str(wrong)}, 400)
        return _json({"error": "unknown", "get": sorted(_LOOKS), "post": sorted(_ACTIONS)}, 404)

    # ------------------------------------------------ looking

    def state(self, _: dict[str, str]) -> object:
        """GET /state: accounts with balances and keys (no secrets), markets, armed faults, open sockets, delays."""
        venue = self._venue
        return {
            "accounts": {
                account: {
                    "balances": venue.exchange.balances(account),
                    "access_keys": [key.access_key for key in venue.keys.of_account(account)],
                }
                for account in venue.operator.accounts
            },
            "markets": dict(venue.exchange.markets),
            "faults": self._running.faults.armed,
            "sockets": [
                {
                    "kind": socket.kind,
                    "account": socket.account,
                    "sent": socket.sent,
                    "types": [one.type for one in socket.wanted],
                }
                for socket in self._running.streams.sockets
            ],
            "latency": self._running.gate.latency,
        }

    def counters(self, _: dict[str, str]) -> object:
        """GET /counters: per rate-limit group requests, 429s, 418s and the two busiest windows; faults that struck."""
        return {
            "groups": self._venue.pacer.tallies,
            "limits": {name: group.limit for name, group in self._venue.pacer.groups.items()},
            "faults": self._running.faults.counts,
            "sockets": len(self._running.streams.sockets),
            "slow_dropped": self._running.streams.slow_dropped,
        }

    def orders(self, wanted: dict[str, str]) -> object:
        """GET /orders?account=: every order the account ever placed, oldest first, each with all its fills."""
        return self._venue.operator.orders_of(wanted.get("account", MAIN_ACCOUNT))

    # ------------------------------------------------ moving

    def faults(self, asked: words.Faults) -> object:
        """POST /faults: answers the numbers of what was added, and everything that is armed."""
        plan = self._running.faults
        if asked.clear:
            plan.clear()
        removed = [number for number in asked.remove if plan.remove(number)]
        return {"added": plan.add(*asked.add), "removed": removed, "armed": plan.armed}

    def limits(self, asked: words.Limits) -> object:
        """POST /limits."""
        pacer = self._venue.pacer
        for name, limit in asked.limits.items():
            pacer.groups[name].limit = limit
        pacer.foreign_per_s.update({pacer.groups[name].name: rate for name, rate in asked.foreign_per_s.items()})
        pacer.rule = asked.rule or pacer.rule
        if asked.refusals_allowed is not None:
            pacer.refusals_allowed = asked.refusals_allowed
        if asked.first_block_s is not None:
            pacer.first_block_s = asked.first_block_s
        if asked.plain_429 is not None:
            self._venue.plain_429 = asked.plain_429
        if asked.forgive:
            pacer.forgive()
        return {name: group.limit for name, group in pacer.groups.items()}

    def reset(self, _: words.Nothing) -> object:
        """POST /counters/reset: tallies begin anew."""
        self._venue.pacer.reset_tallies()
        return {}

    def delays(self, asked: words.Delays) -> object:
        """POST /latency."""
        latency = self._running.gate.latency
        latency.in_ms = asked.in_ms or latency.in_ms
        latency.out_ms = asked.out_ms or latency.out_ms
        return latency

    def deposit(self, asked: words.Move) -> object:
        """POST /deposit."""
        return self._venue.wallet.deposit(asked.account, asked.currency, asked.amount, _now_ms())

    def withdraw(self, asked: words.Move) -> object:
        """POST /withdraw."""
        return self._venue.wallet.withdraw(asked.account, asked.currency, asked.amount, _now_ms())

    def order(self, asked: words.HandOrder) -> object:
        """POST /manual_order."""
        wish = NewOrder(
            market=asked.market, side=asked.side, ord_type=asked.ord_type, price=asked.price, volume=asked.volume
        )
        operator = self._venue.operator
        place = operator.reserve_by_hand if asked.reserved else operator.order_by_hand
        return place(asked.account, wish, _now_ms())

    def cancel(self, asked: words.HandCancel) -> object:
        """POST /manual_cancel."""
        return self._venue.exchange.cancel(asked.account, uuid=asked.uuid, now_ms=_now_ms())

    def wake(self, asked: words.HandCancel) -> object:
        """POST /wake: a reserved order begins to trade."""
        self._venue.operator.wake(asked.uuid, _now_ms())
        return {}

    def market(self, asked: words.Change) -> object:
        """POST /market."""
        operator = self._venue.operator
        if asked.tick is not None:
            operator.change_tick(asked.market, asked.tick, wipe=asked.wipe, now_ms=_now_ms())
        if asked.fee_rate is not None:
            operator.change_fee(asked.market, asked.fee_rate)
        if asked.state == "suspended":
            operator.suspend(asked.market, cancels_too=asked.cancels_too)
        elif asked.state == "active":
            operator.resume(asked.market)
        elif asked.state == "delisted":
            operator.delist(asked.market, _now_ms())
        return self._venue.exchange.markets.get(asked.market)

    def account(self, asked: words.NewAccount) -> object:
        """POST /accounts: answers a pair of keys."""
        self._venue.exchange.open_account(asked.account, asked.balances)
        if asked.pocket_of is not None:
            self._venue.wallet.add_pocket(asked.account, asked.pocket_of)
        return _pair(self._venue.keys.issue(asked.account, _now_ms()))

    def key(self, asked: words.KeyChange) -> object:
        """POST /keys: answers the pair."""
        keys = self._venue.keys
        key = keys.issue(asked.account, _now_ms()) if asked.access_key is None else keys.find(asked.access_key)
        if key is None:
            raise Refused("invalid_access_key", "there is no such key")
        if asked.scopes is not None:
            key.scopes = SCOPES & set(asked.scopes)
        if asked.allowed_ips is not None:
            key.allowed_ips = frozenset(asked.allowed_ips)
        if asked.expired:
            key.expires_at_ms = _now_ms()
        return _pair(key)

    def notice(self, asked: words.Notice) -> object:
        """POST /announce."""
        now_ms = _now_ms()
        news = Announcement(
            event_type=asked.event_type,
            venue_id=str(now_ms),
            title=asked.title,
            category=asked.category,
            timestamp_ms=now_ms,
        )
        self._running.streams.announce(news)
        return news


def _pair(key: ApiKey) -> dict[str, object]:
    return {
        "account": key.account,
        "access_key": key.access_key,
        "secret_key": key.secret_key,
        "scopes": sorted(key.scopes),
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _json(content: object, status: int = 200) -> web.Response:
    return web.Response(body=wire.encode_exactly(content), status=status, content_type="application/json")


_LOOKS: Final[Mapping[str, Callable[[AdminApi, dict[str, str]], object]]] = {
    "/state": AdminApi.state,
    "/counters": AdminApi.counters,
    "/orders": AdminApi.orders,
}

# The struct in each row is the type of its function's argument, which no annotation can say.
_ACTIONS: Final[Mapping[str, tuple[type, Callable[[AdminApi, Any], object]]]] = {
    "/faults": (words.Faults, AdminApi.faults),
    "/limits": (words.Limits, AdminApi.limits),
    "/counters/reset": (words.Nothing, AdminApi.reset),
    "/latency": (words.Delays, AdminApi.delays),
    "/deposit": (words.Move, AdminApi.deposit),
    "/withdraw": (words.Move, AdminApi.withdraw),
    "/manual_order": (words.HandOrder, AdminApi.order),
    "/manual_cancel": (words.HandCancel, AdminApi.cancel),
    "/wake": (words.HandCancel, AdminApi.wake),
    "/market": (words.Change, AdminApi.market),
    "/accounts": (words.NewAccount, AdminApi.account),
    "/keys": (words.KeyChange, AdminApi.key),
    "/announce": (words.Notice, AdminApi.notice),
}
