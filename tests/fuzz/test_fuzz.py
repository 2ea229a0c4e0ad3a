"""A few seconds of what `python -m fuzz` does for minutes; the same inputs every time."""

from collections.abc import Mapping
from random import Random

import pytest
from fuzz.run import Counted, run
from fuzz.targets import Target, hold_to_text, targets

from hoga.model.errors import WireError
from hoga.upbit.stream.frames import decode_frame

COUNTS = {"frames": 8_000, "bodies": 8_000, "headers": 2_000, "configs": 300, "requests": 2_000}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Target]:
    return targets(None, tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("name", COUNTS)
def test_broken_input_ends_in_documented_errors_and_no_wrong_money_w22_w23_r7(name: str, made: Mapping[str, Target]):
    counted = Counted()

    run(name, made[name], Random(f"test:{name}"), COUNTS[name], counted)

    assert counted.found == []
    assert counted.fed == COUNTS[name]
    assert counted.taken > 0


def test_one_seed_tells_one_story(made: Mapping[str, Target]):
    once, again = ([made["bodies"](chance) for _ in range(200)] for chance in (Random(1), Random(1)))

    assert once == again


def test_a_wrong_amount_would_be_found():
    text = b'{"type":"trade","code":"KRW-BTC","trade_price":1.5,"trade_volume":2,"ask_bid":"BID","timestamp":1,'
    text += b'"trade_timestamp":1,"sequential_id":1}'
    (heard,) = decode_frame(text, 0)

    hold_to_text(heard, text)
    with pytest.raises(Exception, match=r"trade_price is 1\.50000001"):
        hold_to_text(heard, text.replace(b"1.5", b"1.50000001"))


def test_what_a_target_raises_is_kept_and_told():
    def broken(_: Random) -> tuple[bytes, bool]:
        raise WireError("as documented, but nobody caught it")

    counted = Counted()
    run("broken", broken, Random(1), 3, counted)

    assert len(counted.found) == 3
    assert "nobody caught it" in counted.found[0]
