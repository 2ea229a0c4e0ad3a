"""The log: one call gives a JSON line and a readable one, and no secret ever reaches either."""

import io
import json
from datetime import UTC, datetime

from hoga.run.screen.logs import EventLog

AT = datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)
KEY = "made-up-key"


def log_of(tmp_path, **more):
    console = io.StringIO()
    return EventLog(tmp_path / "run" / "hoga.jsonl", console=console, clock=lambda: AT, secrets=(KEY,), **more), console


def lines(log):
    log.close()
    return [json.loads(line) for line in log.path.read_text(encoding="utf-8").splitlines()]


def test_one_call_writes_utc_json_and_a_line_in_korean_time(tmp_path):
    log, console = log_of(tmp_path)

    log("order_sent", order_id="hg-1", price=143_250_000)

    (line,) = lines(log)
    assert line == {
        "at": "2026-11-24T00:00:01.000000+00:00",
        "event": "order_sent",
        "level": "info",
        "order_id": "hg-1",
        "price": 143_250_000,
    }
    assert "09:00:01.000" in console.getvalue()
    assert "order_sent" in console.getvalue()


def test_secrets_are_struck_out_by_name_and_by_value_s1(tmp_path):
    log, console = log_of(tmp_path)

    log("oops", authorization="Bearer abc", detail=f"the key {KEY} was in here", nested={"access": KEY})

    text = json.dumps(lines(log)) + console.getvalue()
    assert KEY not in text
    assert "Bearer" not in text


def test_text_from_outside_can_not_forge_a_line_p28(tmp_path):
    log, console = log_of(tmp_path)

    log("answer", detail='first\n{"event": "forged"}\x1b[2J')

    assert len(lines(log)) == 1
    assert "\x1b[2J" not in console.getvalue()


def test_what_is_below_the_level_is_not_written(tmp_path):
    log, _ = log_of(tmp_path, level="warning")

    log("chatter", level="info")
    log("trouble", level="warning")

    assert [line["event"] for line in lines(log)] == ["trouble"]


def test_a_full_disk_loses_lines_and_counts_them_but_never_raises_p28(tmp_path):
    log, _ = log_of(tmp_path)

    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    log._file.close()
    log._file = Full()
    log("order_sent")
    log("order_sent")
    log.close()

    assert log.lost == 2
