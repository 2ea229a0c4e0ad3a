"""From the brain's words to Upbit's and back: every decision about what an answer means lives here."""

from collections.abc import Sequence

from hoga.model.commands import Command
from hoga.model.events import AccountEvent
from hoga.upbit.answers import Answer
from hoga.upbit.rest import Request


def requests_for(command: Command) -> list[Request]:
    """The calls a command needs, in the order to send them; `MoneyError` where an amount cannot be an amount."""
    raise NotImplementedError(command)


def more_pages(command: Command, answers: Sequence[Answer]) -> Request | None:
    """The next page to ask for after `answers`, or None when all have come."""
    raise NotImplementedError(command, answers)


def event_for(command: Command, answers: Sequence[Answer], asked_ns: int, now_ns: int) -> tuple[AccountEvent, ...]:
    """What the answers to all calls of one command mean. A call without an answer is simply missing at the end."""
    raise NotImplementedError(command, answers, asked_ns, now_ns)


def lost(command: Command, detail: str, now_ns: int) -> tuple[AccountEvent, ...]:
    """What it means that no answer came although something may have been sent."""
    raise NotImplementedError(command, detail, now_ns)


def not_sent(command: Command, detail: str, now_ns: int) -> tuple[AccountEvent, ...]:
    """What it means that nothing was sent: proven, so an order does not exist."""
    raise NotImplementedError(command, detail, now_ns)
