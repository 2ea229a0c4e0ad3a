"""Sensor and Actuator run on either of the event loops people have, so their tests do, too."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

BOTH_LOOPS = {"test_actuator.py", "test_http.py", "test_sensor.py", "test_websocket.py"}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.path.name in BOTH_LOOPS:
        uvloop = pytest.importorskip("uvloop", reason="no uvloop on this platform")
        factories["uvloop"] = uvloop.new_event_loop
    return factories
