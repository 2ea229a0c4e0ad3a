"""What Upbit answers: bodies into the words of the model, amounts exact, `WireError` where it cannot be read."""

from collections.abc import Mapping

from msgspec import Struct


class Answer(Struct):
    """One HTTP answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Tell whether the venue says it did what was asked (2xx)."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the HTTP class of successes
