"""The faults of WebSocket frames, done: each takes what was about to leave and says what leaves instead."""

import re
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping, Sequence

from hoga.simulator.faults.text import Fault
from hoga.simulator.streams.sockets import Frame, Opcode, Socket, frame_of

#: Garbage of each kind: a torn JSON, bytes that are no UTF-8, nothing.
_GARBAGE: Mapping[str, bytes] = {"json": b'{"type":"ticker","code":', "utf8": b'{"type":"\xff\xfe"}', "empty": b""}

_NUMBER = re.compile(rb'("(?:[a-z_0-9]*price|tp|ap|bp|op|hp|lp|[a-z_]*volume|tv)":)(-?\d+(?:\.\d+)?)')
_PRICE = re.compile(rb'("(?:trade_price|ask_price|bid_price|tp|ap|bp)":)(\d+(?:\.\d+)?)')
_TIMESTAMP = re.compile(rb'("(?:timestamp|trade_timestamp|tms|ttms)":)(\d+)')
_STREAM_TYPE = re.compile(rb'("(?:stream_type|st)":)"REALTIME"')


class Trouble:
    """Does faults to the frames of one server's sockets."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def send(self, socket: Socket, frame: Frame, faults: Sequence[Fault]) -> None:
        """Send a frame the way the faults want it; frames held back earlier may follow."""
        frames = [frame]
        for fault in faults:
            change = _CHANGES.get(fault.name)
            if change is not None:
                frames = [changed for one in frames for changed in change(one, fault)]
            elif fault.name == "ws.delay":
                self._later(socket, frames, float(fault.argument))
                frames = []
            elif fault.name == "ws.reorder":
                socket.held += [(int(fault.argument), one) for one in frames]
                frames = []
            else:
                self.strike(socket, fault, frame)
                if not socket.is_open or socket.is_muted:
                    return
        for one in frames:
            self._emit(socket, one)

    def strike(self, socket: Socket, fault: Fault, frame: Frame | None = None) -> None:
        """Do a fault to the connection itself; `frame` is what was about to leave, if anything was."""
        if fault.name == "ws.close":
            socket.close(int(fault.argument))
        elif fault.name == "ws.cut":
            if fault.argument == "mid_frame":
                wire = (frame or _HALF).wire
                socket.write(wire[: max(3, len(wire) // 2)], self._loop.time())
            socket.reset()
        elif fault.name == "ws.stall":
            socket.stalled.add(str(fault.argument))
        else:
            socket.stop_reading()
            socket.is_muted = fault.name == "ws.blackhole"

    def _emit(self, socket: Socket, frame: Frame) -> None:
        if "all" in socket.stalled or frame.type in socket.stalled:
            return
        socket.write(frame.wire, self._loop.time())
        waiting = [(left - 1, held) for left, held in socket.held]
        socket.held = [(left, held) for left, held in waiting if left > 0]
        for left, held in waiting:
            if left <= 0:
                socket.write(held.wire, self._loop.time())

    def _later(self, socket: Socket, frames: Sequence[Frame], delay_s: float) -> None:
        for frame in frames:
            self._loop.call_later(delay_s, self._emit, socket, frame)


_HALF = frame_of("", "", b'{"type":"ticker","code":"KRW-BTC","opening_price":1')


def _again(frame: Frame, payload: bytes) -> Frame:
    return frame_of(frame.type, frame.market, payload)


def _mutated(frame: Frame, fault: Fault) -> list[Frame]:
    kind, payload = fault.argument, frame.payload
    if kind == "types":
        payload = _NUMBER.sub(rb'\1"\2"', payload, count=1)
    elif kind == "nan":
        payload = _NUMBER.sub(rb"\1NaN", payload, count=1)
    elif kind == "exponent":
        payload = _NUMBER.sub(lambda found: found[1] + _exponent(found[2]), payload)
    else:
        payload = payload.replace(b"{", b'{"something_new":{"of":["tomorrow"]},', 1)
    return [_again(frame, payload)]


def _exponent(digits: bytes) -> bytes:
    whole, _, part = digits.removeprefix(b"-").partition(b".")
    sign = b"-" if digits.startswith(b"-") else b""
    return sign + whole[:1] + b"." + whole[1:] + part + b"E" + str(len(whole) - 1).encode()


def _glitched(frame: Frame, _: Fault) -> list[Frame]:
    def tenfold(found: "re.Match[bytes]") -> bytes:
        whole, dot, part = found[2].partition(b".")
        return found[1] + whole + (part[:1] or b"0") + dot + (part[1:] or (b"0" if dot else b""))

    return [_again(frame, _PRICE.sub(tenfold, frame.payload))]


def _skewed(frame: Frame, fault: Fault) -> list[Frame]:
    ahead_ms = int(float(fault.argument) * 1000)
    return [_again(frame, _TIMESTAMP.sub(lambda found: found[1] + b"%d" % (int(found[2]) + ahead_ms), frame.payload))]


def _huge(frame: Frame, fault: Fault) -> list[Frame]:
    size = int(fault.argument)
    head = b'{"type":"ticker","code":"'
    return [frame, frame_of("", "", head + b"x" * max(0, size - len(head) - 2) + b'"}')]


def _deep(frame: Frame, fault: Fault) -> list[Frame]:
    depth = int(fault.argument)
    return [frame, frame_of("", "", b"[" * depth + b"]" * depth)]


def _overlapping(frame: Frame, _: Fault) -> list[Frame]:
    return [frame, _again(frame, _STREAM_TYPE.sub(rb'\1"SNAPSHOT"', frame.payload))]


#: Fault -> what leaves instead of one frame.
_CHANGES: Mapping[str, Callable[[Frame, Fault], list[Frame]]] = {
    "ws.drop": lambda _frame, _fault: [],
    "ws.dup": lambda frame, _: [frame, frame],
    "ws.burst": lambda frame, fault: [frame] * int(fault.argument),
    "ws.garbage": lambda frame, fault: [frame, frame_of("", "", _GARBAGE[str(fault.argument)])],
    "ws.huge": _huge,
    "ws.deep": _deep,
    "ws.mutate": _mutated,
    "ws.text": lambda frame, _: [frame_of(frame.type, frame.market, frame.payload, Opcode.TEXT)],
    "ws.snapshot_overlap": _overlapping,
    "ws.ts_skew": _skewed,
    "ws.glitch": _glitched,
}
