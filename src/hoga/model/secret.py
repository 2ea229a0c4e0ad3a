"""A text that must not be seen: it can be used where it is needed, and shown, stored or copied nowhere."""

import hmac
from typing import NoReturn


class Secret:
    """Holds a secret text. Only `reveal` gives it back; everything that would show or carry it away is refused.

    `repr` gives a fixed text and does not raise, so that a crash report can still be written.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself. Ask for it in the one line that uses it, and keep it nowhere."""
        return self.__text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__text.encode(), other.__text.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash of it would be a trace of it

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a secret is not shown, copied or stored")

    __str__ = __format__ = __bytes__ = __iter__ = __len__ = __getitem__ = _refuse
    __reduce__ = __reduce_ex__ = __getstate__ = __copy__ = __deepcopy__ = _refuse


class Signed(bytes):
    """A request with a token in it, as it goes over the wire: bytes like any other, but no crash report shows them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Signed({len(self)} bytes, hidden)"
