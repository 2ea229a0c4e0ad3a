"""The planted faults: what each does, where, and which tests must turn red.

A fault is a small change of text in one file. Where the text is no longer there the fault says so and counts as not
caught: it must be planted anew, not forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Defect:
    """One planted fault."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


_ACTUATOR, _HTTP, _LIFE = "tests/net/test_actuator.py", "tests/net/test_http.py", "tests/brain/test_order_life.py"
_LIMITS, _SESSION, _SENSOR = "tests/upbit/test_limits.py", "tests/upbit/test_session.py", "tests/net/test_sensor.py"
_TWICE = "tests/brain/test_never_twice.py"
_SYNCED, _GUARDED = "tests/store/test_synced.py", "tests/run/test_guarded.py"
_SRC = "src/hoga/"

DEFECTS: Sequence[Defect] = (
    Defect(
        "a lost order is ordered again under a new id",
        _SRC + "brain/orders/desk.py",
        "        step = order.learn(evidence_of_loss(event.cause), self.world.now_ns)\n",
        "        step = order.learn(evidence_of_loss(event.cause), self.world.now_ns)\n"
        "        self.world.commands.append(__import__('msgspec').structs.replace(order.intent, order_id=self.world.mint()))\n",
        (_TWICE,),
    ),
    Defect(
        "an order without an answer is sent once more",
        _SRC + "net/courier.py",
        'if parcel.request.method == "POST" or self._is_closed:',
        "if self._is_closed:",
        (_ACTUATOR,),
    ),
    Defect(
        "an order leaves before the journal has it",
        _SRC + "run/state/journaling.py",
        "        if records:\n            began_ns",
        "        self._on_loop(self._let_go, list(held))\n        held.clear()\n        if records:\n            began_ns",
        ("tests/run/test_journaling.py",),
    ),
    Defect(
        "the journal is not synced",
        _SRC + "store/journal.py",
        '"synchronous=FULL"',
        '"synchronous=OFF"',
        (_SYNCED,),
    ),
    Defect(
        "one 'no such order' is proof",
        _SRC + "brain/orders/absence.py",
        "        return self.answers >= ANSWERS and (self.counted_ns >= enough_ns or bool(self.refused))\n\n"
        "    @property\n"
        "    def is_complete(self) -> bool:\n"
        '        """Tell whether nothing is wanting."""\n'
        "        return self.unlisted and self.not_ended and self.not_locked\n",
        "        return self.answers >= 1\n\n    @property\n    def is_complete(self) -> bool:\n        return True\n",
        (_LIFE, "tests/brain/test_unknown_outcome.py"),
    ),
    Defect(
        "a time-out is a refusal",
        _SRC + "model/order_life.py",
        'Evidence.LOST:             " x    U?',
        'Evidence.LOST:             " x    R ',
        ("tests/model", _LIFE),
    ),
    Defect(
        "what the list lacks is cancelled",
        _SRC + "model/order_life.py",
        'Evidence.UNLISTED:         " =    =    =    =?   =?',
        'Evidence.UNLISTED:         " =    =    =    C    C ',
        ("tests/model", "tests/brain"),
    ),
    Defect(
        "a prevented self-match is not told",
        _SRC + "brain/orders/desk.py",
        "if report.state is OrderStateSeen.PREVENTED:",
        "if False:",
        (_LIFE,),
    ),
    Defect(
        "what was executed is booked as a fill, and the trade that comes later once more",
        _SRC + "brain/orders/desk.py",
        "        was = order.state\n"
        "        step = self._merge(order, report, from_stream=from_stream, listed=not from_stream)\n",
        "        was = order.state\n"
        "        gap = (report.executed_volume or 0) - order.filled_volume\n"
        "        if gap > 0 and order.intent.price:\n"
        "            made_up = Fill(trade_id=f'{gap}', venue_id=report.venue_id, order_id=order.order_id,\n"
        "                market=order.market, side=order.side, price=order.intent.price, volume=gap)\n"
        "            self._book(order, made_up)\n"
        "        step = self._merge(order, report, from_stream=from_stream, listed=not from_stream)\n",
        (_LIFE, "tests/brain/test_portfolio.py"),
    ),
    Defect(
        "a fill that comes after the end is passed over",
        _SRC + "brain/orders/records.py",
        "        if not order.add_fill(fill, world.now_ns):",
        "        if not order.is_open or not order.add_fill(fill, world.now_ns):",
        ("tests/brain", "tests/model"),
    ),
    Defect(
        "after a reconnect nothing is compared",
        _SRC + "brain/rounds.py",
        "            self.compare_again()\n        self._may_have_missed = True\n",
        "            self.gap_ns = 0\n        self._may_have_missed = True\n",
        ("tests/brain/test_gate.py",),
    ),
    Defect(
        "a socket closed with 1000 is the end",
        _SRC + "upbit/session/session.py",
        "        self._is_open = False\n        self._canary.forget()\n",
        "        self._is_open = False\n        self.gave_up = code == 1000\n        self._canary.forget()\n",
        (_SENSOR, _SESSION),
    ),
    Defect(
        "requests are counted in fixed windows",
        _SRC + "upbit/limits/permits.py",
        "self._cooling.append(now_s + self._window_s)",
        "self._cooling.append(now_s - now_s % 1.0 + 1.0)",
        (_LIMITS,),
    ),
    Defect(
        "Remaining-Req is not read",
        _SRC + "upbit/limits/limiter.py",
        "            book.learn(permit, int(said[2]), now_s)",
        "            pass",
        (_LIMITS,),
    ),
    Defect(
        "the budget of the whole pocket is taken for that of one key",
        _SRC + "upbit/limits/lessons.py",
        "        loss = self.limit - left - ours\n",
        "        loss = 0\n",
        (_LIMITS,),
    ),
    Defect(
        "fees are reckoned with floats",
        _SRC + "model/money.py",
        "    return funds * fee_rate\n",
        "    return Decimal(str(float(funds) * float(fee_rate)))\n",
        ("tests/model/test_exact_fees.py",),
    ),
    Defect(
        "volumes are rounded up",
        _SRC + "model/money.py",
        "return volume // VOLUME_STEP * VOLUME_STEP",
        "return -(-volume // VOLUME_STEP) * VOLUME_STEP + (VOLUME_STEP if volume % VOLUME_STEP else 0)",
        ("tests/model", "tests/brain"),
    ),
    Defect(
        "of many cancels only the first twenty leave",
        _SRC + "upbit/answers/to_orders.py",
        "return [ids[start : start + size] for start in range(0, len(ids), size)]",
        "return [ids[:size]]",
        ("tests/upbit/test_dialect.py", _ACTUATOR),
    ),
    Defect(
        "orders of the owner are cancelled",
        _SRC + "brain/strangers.py",
        "return report.order_id is not None and report.order_id.startswith(self._family_prefix)",
        "return True",
        ("tests/brain",),
    ),
    Defect(
        "whether an order may leave is looked at when it is queued, not when it leaves",
        _SRC + "run/state/guarded.py",
        "    async def get(self) -> Command:\n"
        '        """The next command that may leave."""\n'
        "        while True:\n"
        "            command = await super().get()\n"
        "            if not isinstance(command, PlaceOrder):\n"
        "                return command\n"
        "            now_ns = self._clock_ns()\n"
        "            why = self.hop.why_not(command, now_ns)\n"
        "            if why is None:\n"
        "                return command\n"
        '            self._report(refused(command, RejectReason.NOT_SENT, f"last hop: {why}", now_ns))\n',
        "    def put_nowait(self, item: Command) -> None:\n"
        "        now_ns = self._clock_ns()\n"
        "        why = self.hop.why_not(item, now_ns) if isinstance(item, PlaceOrder) else None\n"
        "        if why is None:\n"
        "            super().put_nowait(item)\n"
        "        else:\n"
        '            self._report(refused(item, RejectReason.NOT_SENT, f"last hop: {why}", now_ns))\n',
        (_GUARDED,),
    ),
    Defect(
        "the kill switch is not on the disk when it is pulled",
        _SRC + "run/state/state_files.py",
        "content: bytes, *, durable: bool = True) -> None:",
        "content: bytes, *, durable: bool = False) -> None:",
        (_GUARDED,),
    ),
    Defect(
        "an error carries the request that failed",
        _SRC + "net/http.py",
        "found.send(payload, done, max(",
        "found.send(payload, lambda it: done(it if isinstance(it, Answer) else type(it)(f'{it} {bytes(payload)!r}')), max(",
        ("tests/catalogue/test_without_a_room.py::test_an_error_on_the_way_to_the_venue_carries_no_token_s3", _HTTP),
    ),
    Defect(
        "a browser may use the back door",
        _SRC + "simulator/admin_api.py",
        'if "Origin" in request.headers:',
        "if False:",
        ("tests/simulator/test_admin_api.py",),
    ),
    Defect(
        "a secret is compared letter by letter",
        _SRC + "model/secret.py",
        "return hmac.compare_digest(self.__text.encode(), other.__text.encode())",
        "return self.__text == other.__text",
        ("tests/model/test_secret.py",),
    ),
    Defect(
        "account events wait without end",
        _SRC + "net/inbox.py",
        "if len(lane) > FIRST_CAPACITY:",
        "if False:",
        ("tests/net/test_inbox.py",),
    ),
)
