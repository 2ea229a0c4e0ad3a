"""Who listens to which stream of which market, and in which form each wants it."""

from collections.abc import Container, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from hoga.simulator.streams.subscriptions import depth_of
from hoga.upbit.stream.subscriptions import FrameFormat

if TYPE_CHECKING:
    from hoga.simulator.streams.sockets import Socket

#: One way of telling an event: format, depth and level.
Way = tuple[FrameFormat, int, Decimal]


class Audience:
    """The listeners of every public stream, found by (type, market) without looking at anybody else."""

    def __init__(self) -> None:
        self._seats: dict[tuple[str, str], list[tuple[Socket, int, Decimal]]] = {}

    def seat(self, socket: "Socket", markets: Container[str]) -> None:
        """Let a socket listen to what it now wants, and to nothing else; unknown codes are swallowed."""
        self.dismiss(socket)
        seats = {
            ((one.type, market), (socket, depth, one.level)): None
            for one in socket.wanted
            if one.realtime
            for market, depth in map(depth_of, one.codes)
            if market in markets
        }
        for key, seat in seats:
            self._seats.setdefault(key, []).append(seat)

    def dismiss(self, socket: "Socket") -> None:
        """Let a socket listen to nothing."""
        for key, seats in list(self._seats.items()):
            left = [seat for seat in seats if seat[0] is not socket]
            if left:
                self._seats[key] = left
            else:
                del self._seats[key]

    def has(self, kind: str, market: str) -> bool:
        """Tell whether anybody listens."""
        return (kind, market) in self._seats

    def of(self, kind: str, market: str) -> Iterable[tuple["Socket", Way]]:
        """Give everybody who listens, with the way each wants to be told now."""
        seats = self._seats.get((kind, market), ())
        return [(socket, (socket.frame_format, depth, level)) for socket, depth, level in seats]
