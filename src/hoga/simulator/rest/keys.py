"""Who is asking: the venue's side of access keys, signed tokens (JWT) and query hashes.

Everything is checked from what really arrived and with code of its own, so that a fault in our client's signing cannot
hide in a shared function. Rules from the Upbit docs, authentication and error pages of 2026-08-31 and 2026-10-06.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections import deque
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct

from hoga.simulator.core.refusals import Refused

#: No other key opens the simulator, and the live transport refuses to use one that begins so.
KEY_PREFIX = "hoga-sim-"

#: Each scope by the official SDK's name (`types/pocket_api_key_permission.py`, upbit-sdk 1.1.0).
SCOPES = frozenset(
    {
        "view_account",
        "view_orders",
        "make_orders",
        "view_withdrawals",
        "withdraw",
        "view_deposits",
        "deposit",
        "transfer",
        "manage_pockets",
    }
)

YEAR_MS = 365 * 24 * 3600 * 1000  # a key is good for one year (Upbit docs, api-key)
MAX_NONCES = 100_000  # per key: forty minutes of every request the limits allow
MAX_TOKEN = 4_096  # characters; a token with a hash has about 400
MAX_KEYS = 1_000

_ALGORITHMS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


class ApiKey(Struct, kw_only=True):
    """One pair of keys: whose it is, what it may do, from where (None: anywhere) and until when."""

    access_key: str
    secret_key: str
    account: str
    scopes: frozenset[str] = SCOPES
    allowed_ips: frozenset[str] | None = None
    expires_at_ms: int
    created_at_ms: int = 0

    def __repr__(self) -> str:
        return f"ApiKey(account={self.account!r})"


class _Header(Struct):
    alg: str


class _Claims(Struct, frozen=True):
    access_key: str
    nonce: str
    query_hash: str | None = None
    query_hash_alg: str = "SHA512"


class _Token(Struct, frozen=True):
    algorithm: str
    claims: _Claims
    signed: bytes
    signature: bytes


_READ_HEADER = msgspec.json.Decoder(_Header)
_READ_CLAIMS = msgspec.json.Decoder(_Claims)


class KeyRing:
    """Every key of the simulated venue, and the numbers each has used."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, ApiKey] = {}
        self._nonces: dict[str, tuple[set[str], deque[str]]] = {}

    def issue(self, account: str, now_ms: int, scopes: frozenset[str] = SCOPES) -> ApiKey:
        """Mint a pair for an account; the same seed gives the same pairs in the same order."""
        number = len(self._keys)
        if number >= MAX_KEYS:
            raise Refused("bad_request", "too many keys")
        text = f"{self._seed}/{number}"
        key = ApiKey(
            access_key=KEY_PREFIX + hashlib.sha256(f"access {text}".encode()).hexdigest()[:31],
            secret_key=hashlib.sha256(f"secret {text}".encode()).hexdigest(),
            account=account,
            scopes=scopes,
            expires_at_ms=now_ms + YEAR_MS,
            created_at_ms=now_ms,
        )
        self._keys[key.access_key] = key
        self._nonces[key.access_key] = (set(), deque())
        return key

    def find(self, access_key: str) -> ApiKey | None:
        """The key of that name, if there is one."""
        return self._keys.get(access_key)

    def of_account(self, account: str) -> tuple[ApiKey, ...]:
        """Every key of an account, oldest first."""
        return tuple(key for key in self._keys.values() if key.account == account)

    def account_of(self, authorization: str | None) -> str | None:
        """Whose budget a request counts against; nothing is proved by this yet."""
        try:
            key = self._keys.get(_read(authorization).claims.access_key)
        except Refused:
            return None
        return key.account if key else None

    def verify(
        self, authorization: str | None, texts: Sequence[str], *, ip: str, scope: str | None, now_ms: int
    ) -> ApiKey:
        """Let a REST request in, or raise `Refused` (401, 403).

        `texts` are the spellings of the parameters whose hash is good; empty when there were no parameters, in which
        case a hash is not looked at (two samples of the docs add one).
        """
        token = _read(authorization)
        key = self._admit(token, ip, now_ms)
        if texts and not _hash_fits(token.claims, texts):
            raise Refused("invalid_query_payload", "Jwt의 query를 검증하는데 실패하였습니다.", 401)
        self._spend(token.claims)
        return _within(key, scope)

    def verify_websocket_token(
        self, authorization: str | None, *, ip: str, now_ms: int, scope: str | None = None
    ) -> ApiKey:
        """Let a WebSocket in, or raise `Refused`; a nonce may come again, as ccxt sends one token at each connect."""
        return _within(self._admit(_read(authorization), ip, now_ms), scope)

    def _admit(self, token: _Token, ip: str, now_ms: int) -> ApiKey:
        key = self._keys.get(token.claims.access_key)
        if key is None:
            raise Refused("invalid_access_key", "잘못된 엑세스 키입니다.", 401)
        signature = hmac.digest(key.secret_key.encode(), token.signed, token.algorithm)
        if not hmac.compare_digest(token.signature, signature):
            raise _bad_token()
        if now_ms >= key.expires_at_ms:
            raise Refused("expired_access_key", "This key has expired.", 401)
        if key.allowed_ips is not None and ip not in key.allowed_ips:
            raise Refused("no_authorization_ip", "This is not a verified IP.", 401)
        return key

    def _spend(self, claims: _Claims) -> None:
        used, order = self._nonces[claims.access_key]
        if claims.nonce in used:
            raise Refused("nonce_used", "This temporary number has already been used.", 401)
        used.add(claims.nonce)
        order.append(claims.nonce)
        if len(order) > MAX_NONCES:
            used.discard(order.popleft())


def _within(key: ApiKey, scope: str | None) -> ApiKey:
    if scope is not None and scope not in key.scopes:
        raise Refused("out_of_scope", "권한이 부족합니다.", 403)
    return key


def _hash_fits(claims: _Claims, texts: Sequence[str]) -> bool:
    if claims.query_hash is None or claims.query_hash_alg.upper() != "SHA512":
        return False
    return any(hashlib.sha512(text.encode()).hexdigest() == claims.query_hash for text in texts)


def _bad_token() -> Refused:
    return Refused("jwt_verification", "Jwt 토큰 검증에 실패했습니다.", 401)


@lru_cache(maxsize=16)  # one request is looked at twice: for its budget and for its rights
def _read(authorization: str | None) -> _Token:
    """Take a token apart; the signature is not checked here."""
    scheme, _, text = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Refused("no_authorization_token", "인증 토큰이 필요합니다.", 401)
    if len(text) > MAX_TOKEN or not text.isascii():
        raise _bad_token()
    try:
        head, body, signature = text.strip().split(".")
        algorithm = _ALGORITHMS[_READ_HEADER.decode(_from_base64(head)).alg]
        claims = _READ_CLAIMS.decode(_from_base64(body))
        return _Token(algorithm, claims, f"{head}.{body}".encode(), _from_base64(signature))
    except (KeyError, Base64Error, msgspec.MsgspecError, ValueError, RecursionError):
        raise _bad_token() from None


def _from_base64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
