"""A result in a notebook: as it is shown, and as columns and frames."""

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from importlib.util import find_spec

import pytest
from msgspec.structs import replace
from tests.research.report.scenery import MILLION, result, traded

from hoga.research.report.frames import FrameError


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


def test_a_notebook_shows_figures_and_a_line_without_any_script():
    text = traded()._repr_html_()

    assert "+₩858" in text
    assert set(Tags(text).found) <= {
        "div",
        "p",
        "b",
        "svg",
        "line",
        "polyline",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert len(text) < 20_000


def test_words_from_outside_are_escaped():
    attacked = replace(result(), strategy="<script>x</script>", halted="<img src=x>")

    assert not {"script", "img"} & set(Tags(attacked._repr_html_()).found)


def test_a_result_without_any_length_is_shown():
    still = result(end_ms=result().begin_ms, starting_equity=Decimal(0), ending_equity=Decimal(0))

    assert "<polyline" in still._repr_html_()


def test_columns_are_equally_long_and_exact_where_that_is_asked():
    made = traded()

    loose, exact = made.columns("fills"), made.columns("fills", exact=True)

    assert {len(column) for column in loose.values()} == {4}
    assert (loose["fee"][0], exact["fee"][0]) == (50.0, Decimal(50))
    assert isinstance(loose["fee"][0], float)
    assert loose["at"][0] == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert made.columns("trips", exact=True)["gain"] == [11934, -8049]
    assert made.columns("orders")["state"] == ["done"] * 4
    assert made.columns("equity", exact=True)["equity"][0] == MILLION
    assert len(made.columns("bars")["close"]) == 40
    assert len(made.columns("days")["at"]) == 40


def test_an_empty_table_keeps_its_columns():
    assert result().columns("fills")["price"] == []
    assert list(result().to_pandas("orders").columns)[:2] == ["order_id", "created"]


def test_pandas_gets_times_and_numbers():
    frame = traded().to_pandas("equity")

    assert str(frame["at"].dtype).endswith("UTC]")
    assert frame["equity"].iloc[-1] == pytest.approx(1_000_858.5)
    assert (frame["equity"].max(), len(frame)) == (1_010_000.0, 41)


def test_an_unknown_table_and_a_library_that_is_absent_are_named():
    with pytest.raises(FrameError, match="there are orders, fills, trips"):
        traded().columns("profits")
    absent = [name for name in ("polars", "pyarrow") if find_spec(name) is None]
    for name in absent:
        with pytest.raises(FrameError, match=f"{name} is not installed"):
            {"polars": traded().to_polars, "pyarrow": traded().to_arrow}[name]("fills")


def test_polars_gets_times_and_numbers():
    pytest.importorskip("polars", reason="polars is not installed")

    assert traded().to_polars("fills").height == 4


def test_arrow_gets_times_and_exact_numbers():
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")

    assert traded().to_arrow("fills", exact=True).num_rows == 4


def test_a_result_reports_on_itself(tmp_path, capsys):
    made = traded()

    made.show("en")
    made.write_html(tmp_path / "report.html", "en")

    assert "Round trips" in capsys.readouterr().out
    assert "<!doctype html>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert made.figures().profit == Decimal("858.5")
