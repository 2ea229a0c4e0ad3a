"""How bytes are spoiled. All chance comes from the `Random` handed in, so that a seed tells the whole story."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

LONGEST = 4_096  # bytes; the limits on size are proved elsewhere, and longer input would only make fewer
TOKENS: Sequence[bytes] = (
    *(b"null", b"true", b"NaN", b"Infinity", b"-1", b"-0", b"1e400", b"1E-400", b"0.1e1", b"1e", b"--1", b"00"),
    *(b"9" * 40, b"0." + b"0" * 40 + b"1", b"18446744073709551616", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\"),
    *(b'"\\ud800"', b"\xff", b"\xc0\x80", b"\xef\xbb\xbf", b"\x00", b"{}", b"[]", b'""', b'"1"', b"[" * 1_000),
    *(b'"type"', b'"error"', b'"price"', b'"DONE"', b'"KRW-BTC"', "호가".encode(), b"=", b";", b"\n", b"#", b"%00"),
)

Spoil = Callable[[Random, bytearray, Sequence[bytes]], None]


def _flip(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _cut(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _remove(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    del data[start : start + chance.randrange(16)]


def _insert(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    data[place:place] = chance.choice(TOKENS)


def _replace(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Another value in the place of one: what stands between a colon and the next comma or bracket."""
    colons = [place for place, byte in enumerate(data) if byte in b":="]
    if colons:
        start = chance.choice(colons) + 1
        ends = [place for mark in b",}]\n" if (place := data.find(mark, start)) >= 0]
        data[start : min(ends, default=len(data))] = chance.choice(TOKENS)


def _repeat(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.randrange(64)]
    data[start:start] = part * chance.randrange(1, 4)


def _splice(chance: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    start = chance.randrange(len(data) + 1)
    data[start:] = other[chance.randrange(len(other) + 1) :]


_SPOILS: Sequence[Spoil] = (_flip, _cut, _remove, _insert, _replace, _replace, _repeat, _splice)


def spoiled(chance: Random, seeds: Sequence[bytes]) -> bytes:
    """One seed, spoiled one to three times."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(_SPOILS)(chance, data, seeds)
    return bytes(data[:LONGEST])


def respelled(chance: Random, row: dict[str, object], fields: Sequence[str]) -> bytes:
    """A good message in which one amount is another one, in one of the spellings JSON allows."""
    amount = Decimal(chance.randrange(10 ** chance.randrange(1, 17))).scaleb(-chance.randrange(9))
    spelling = chance.choice((f"{amount:f}", f"{amount:E}", f"{amount:e}", f'"{amount:f}"'))
    return json.dumps(row | {chance.choice(fields): "\ue000"}).replace('"\\ue000"', spelling).encode()
