"""Errors a caller of hoga may catch; each text says what happened and what to do."""


class HogaError(Exception):
    """Anything hoga refuses to do, with the reason and the next step in its text."""


class ConfigError(HogaError):
    """The configuration cannot be used; `problems` holds every fault found, not just the first."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class MoneyError(HogaError):
    """A price, volume or amount is not a finite number of the expected sign."""


class WireError(HogaError):
    """The venue sent something that cannot be understood; the text quotes the beginning of it."""


class UnknownMarketError(HogaError):
    """The market code is not one the venue has told us about."""


class JournalError(HogaError):
    """The journal cannot be trusted or written: nothing new may be sent on its word. The text names the place."""
