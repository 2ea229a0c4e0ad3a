"""Proof of who asks: Upbit's JWT, made by hand because every order pays for it.

A token is three parts joined by dots: the header, the claims and an HMAC over both, each in URL-safe base64 without
padding. Header, access key and the two keyed states of the HMAC (RFC 2104) never change, so they are made once per key.
"""

import binascii
import hashlib
from typing import Literal, Protocol

Algorithm = Literal["HS512", "HS256"]

_DIGESTS = {"HS512": hashlib.sha512, "HS256": hashlib.sha256}
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")

#: RFC 2104: the key enters the inner hash with every byte changed by 36 hex, the outer one by 5c.
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def query_hash(hashed: str) -> str:
    """The lower-case hex SHA-512 that ties a token to its parameters (Upbit docs, auth page of 2026-08-31)."""
    return hashlib.sha512(hashed.encode()).hexdigest()


class Hidden(Protocol):
    """Something that holds a key and shows it to whoever asks in so many words."""

    def reveal(self) -> str:
        """The key."""


class Token(str):
    """A signed proof on its way to the venue: a text like any other, but a crash report does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Token(hidden)"


class Signer:
    """Makes the `Authorization` value for one key. The caller brings a fresh nonce each time (a UUID is advised)."""

    __slots__ = ("_access_key", "_algorithm", "_begin_claims", "_inner", "_outer", "_start")

    def __init__(self, access_key: str, secret_key: Hidden | str, algorithm: Algorithm = "HS512") -> None:
        header = _base64url(f'{{"alg":"{algorithm}","typ":"JWT"}}'.encode())
        self._algorithm = algorithm
        self._access_key = access_key
        self._begin_claims = f'{{"access_key":{_json_text(access_key)},"nonce":'
        self._start = b"Bearer " + header + b"."
        # What follows cannot fail, so that no crash report sees the key in these lines.
        digest, key = _DIGESTS[algorithm], (secret_key if isinstance(secret_key, str) else secret_key.reveal()).encode()
        block = digest().block_size
        key = (digest(key).digest() if len(key) > block else key).ljust(block, b"\0")
        self._inner = digest(key.translate(_INNER) + header + b".")
        self._outer = digest(key.translate(_OUTER))

    def __repr__(self) -> str:
        return f"Signer({self._algorithm}, keys hidden)"

    @property
    def access_key(self) -> str:
        """The public half of the key; it names the account and must not be logged either."""
        return self._access_key

    def authorization(self, hashed: str, nonce: str) -> Token:
        """The header value for one request. `hashed` is `Request.hashed`; empty where there are no parameters."""
        end = f',"query_hash":"{query_hash(hashed)}","query_hash_alg":"SHA512"}}' if hashed else "}"
        payload = _base64url(f"{self._begin_claims}{_json_text(nonce)}{end}".encode())
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(payload)
        outer.update(inner.digest())
        return Token(self._start + payload + b"." + _base64url(outer.digest()), "ascii")


def _base64url(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL_SAFE, b"=")


def _json_text(text: str) -> str:
    """Quote text for the claims; what could break out of the quotes is refused, as no key or nonce has it."""
    if not text.isascii() or not text.isprintable() or '"' in text or "\\" in text:
        raise ValueError("Keys and nonces are printable ASCII without quotes or backslashes; check for a stray paste.")
    return f'"{text}"'
