"""The report as one HTML file: offline, escaped, readable by everybody, and opened in a real browser."""

import hashlib
import json
import random
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.research.report.browser import FOUND, browser
from tests.research.report.scenery import BEGIN, DAY_MS, MILLION, bars, fill, market, orders_of, result, traded, worths

from hoga.model.commands import Side
from hoga.research.report.curves import Month
from hoga.research.report.drawing import MOST_ARROWS, MOST_POINTS, drawn, merged, thinned
from hoga.research.report.figures import figures
from hoga.research.report.library import ChartLibraryError, chart_library, check
from hoga.research.report.page import html, write_html, years
from hoga.research.result import EquityPoint, PriceBar, Result

TEMPLATE = Path(__file__).parents[3] / "src" / "hoga" / "research" / "report" / "template"
ATTACK = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href"), ("object", "data"), ("form", "action")}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "script":
            self.scripts[-1] += data


def a_year(orders: int = 2000) -> Result:
    """A year of five-minute candles in two markets and thousands of trades, as a long test brings home."""
    chance = random.Random(7)
    codes = {code: market(code) for code in ("KRW-BTC", "KRW-ETH")}
    minutes = range(0, 365 * 1440, 5)
    step_ms = 60_000
    walk, price = [], 143_250_000.0
    for minute in minutes:
        price *= 1 + chance.gauss(0, 0.001)
        walk.append(PriceBar(BEGIN + minute * step_ms, price, price * 1.001, price * 0.999, price))
    fills = [
        fill(
            n,
            Side.SELL if n % 2 else Side.BUY,
            143_000_000 + n,
            "0.01",
            code=("KRW-BTC", "KRW-ETH")[n // 2 % 2],
            at_ms=BEGIN + n * 365 * DAY_MS // orders,
        )
        for n in range(orders)
    ]
    equity = [EquityPoint(BEGIN + n * 8_000_000, MILLION + chance.randrange(900_000), MILLION) for n in range(3900)]
    return result(
        markets=codes,
        end_ms=BEGIN + 365 * DAY_MS,
        bars={"KRW-BTC": walk, "KRW-ETH": walk},
        fills=fills,
        orders=orders_of(fills, reason="the fast mean crossed the slow one from below"),
        equity=equity,
        days=worths(*[1_000_000 + chance.randrange(900_000) for _ in range(365)]),
    )


def test_nothing_in_the_page_is_loaded_from_elsewhere():
    text = html(traded())
    page = Elements(text)

    loaded = [attrs.get(name) for tag, attrs in page.found for where, name in LOADS if tag == where and name in attrs]
    ours = text.replace(chart_library(), "")
    assert loaded == ["data:,"]
    assert re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket\(|import\(", ours) == []
    assert set(re.findall(r"https?://[\w./-]+", ours)) == {
        "https://www.tradingview.com/",
        "http://www.apache.org/licenses/",
        "http://www.apache.org/licenses/LICENSE-2.0",
    }


def test_the_page_forbids_itself_every_request_and_every_script_but_two():
    page = Elements(html(traded()))

    (policy,) = [a["content"] or "" for tag, a in page.found if a.get("http-equiv") == "Content-Security-Policy"]
    hashes = re.findall(r"'sha256-[^']+'", policy)
    assert "default-src 'none'" in policy
    assert len(page.scripts) == 3  # data, library, ours
    assert len(hashes) == 2
    assert "unsafe-inline" not in policy.partition("script-src")[2]


def test_words_from_outside_are_text_wherever_they_stand():
    attacked = replace(
        traded(),
        strategy=ATTACK,
        params={ATTACK: ATTACK},
        refused={ATTACK: 3},
        halted=ATTACK,
        orders=orders_of(traded().fills, reason=ATTACK),
    )

    page = Elements(html(attacked))

    assert len(page.scripts) == 3
    assert [tag for tag, _ in page.found if tag == "img"] == []


def test_a_market_name_cannot_end_the_data_of_the_charts():
    name = "KRW-</script><script>alert(1)</script>"
    text = html(result(markets={name: market(name)}, bars={name: bars(1.0, 2.0)}))

    page = Elements(text)

    assert len(page.scripts) == 3
    assert json.loads(page.scripts[0])["markets"][0]["code"] == name


def test_both_languages_are_in_the_page_and_one_is_shown():
    korean, english = html(traded(), "ko"), html(traded(), "en")

    assert '<html lang="ko" data-language="ko"' in korean
    assert '<html lang="en" data-language="en"' in english
    assert '<span lang="ko">최대 낙폭 (MDD)</span><span lang="en">MDD</span>' in korean


def test_the_page_says_the_figures_the_assumptions_and_the_refusals():
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(traded())))

    for said in (
        "+₩858",
        "-1.98%",
        "not enough funds",
        "잔고 부족",
        "Fees: 0.05% taker",
        "4 orders",
        "2026-01-01 00:00",
    ):
        assert said in text


def test_a_result_without_trades_and_bars_and_one_that_lost_all_have_a_page():
    lost = result(days=worths(0), equity=worths(0), ending_equity=Decimal(0), bars={"KRW-BTC": bars(0.0)})

    assert "There are no bars for a chart." in html(result())
    assert "-100.00%" in html(lost)


def test_the_same_result_gives_the_same_page():
    assert html(traded()) == html(traded())


def test_a_year_of_candles_stays_below_a_megabyte_and_says_what_it_left_out():
    text = html(a_year())

    assert len(text.encode()) < 1_000_000
    assert "the newest 300 of 2,000 orders" in text


def test_thinning_keeps_the_lowest_and_the_highest():
    curve = [(n, 100.0 if n not in {5000, 7000} else 100.0 + (n - 6000)) for n in range(10_000)]

    found = thinned(curve)

    assert len(found) <= MOST_POINTS
    assert (5000, -900.0) in found
    assert (7000, 1100.0) in found
    assert found[0] == curve[0]
    assert found[-1] == curve[-1]


def test_arrows_are_joined_and_none_is_left_out():
    made = a_year()

    told = json.loads(drawn(made, figures(made)))

    for shown in told["markets"]:
        bought = [Decimal(volume) for _, side, volume in shown["trades"] if side > 0]
        assert len(shown["trades"]) <= MOST_ARROWS
        assert sum(bought) == Decimal("0.01") * 500


def test_bars_are_joined_as_bars():
    joined = merged([PriceBar(n, 10.0 + n, 20.0 + n, 5.0 - n, 12.0 + n) for n in range(4)], 2)

    assert joined == [PriceBar(0, 10.0, 21.0, 4.0, 13.0), PriceBar(2, 12.0, 23.0, 2.0, 15.0)]


def test_the_monthly_table_has_twelve_months_and_the_year():
    (year,) = years([Month(year=2026, month=1, gain=0.1), Month(year=2026, month=3, gain=-0.05)])

    assert [cell.text for cell in year.cells[:4]] == ["+10.0%", "", "-5.0%", ""]
    assert len(year.cells) == 13
    assert year.cells[-1].text == "+4.50%"
    assert year.cells[0].heat == 2 * year.cells[2].heat


def test_another_chart_library_than_the_one_that_was_read_is_refused():
    script = chart_library()

    assert "Licensed under Apache License 2.0" in script[:300]
    with pytest.raises(ChartLibraryError, match=r"5\.1\.0 with SHA-256"):
        check(script.encode() + b" ")


def test_the_licence_in_the_page_is_the_licence():
    ours = (Path(__file__).parents[3] / "LICENSE").read_bytes()

    assert hashlib.sha256((TEMPLATE / "apache-2.0.txt").read_bytes()).digest() == hashlib.sha256(ours).digest()


# ------------------------------------------------ contrast


def colours(css: str) -> list[dict[str, str]]:
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    found = [dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", part.split("html[")[0])) for part in (light, dark)]
    assert all(len(scheme) >= 10 for scheme in found)
    return found


def channels(colour: str) -> list[float]:
    return [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(scheme: int):
    known = {
        name: channels(c) for name, c in colours((TEMPLATE / "page.css").read_text(encoding="utf-8"))[scheme].items()
    }

    poor = {
        (ink, paper): round(found, 2)
        for ink in ("ink", "quiet", "red", "blue", "green")
        for paper in ("card", "paper")
        if (found := contrast(known[ink], known[paper])) < 4.5
    }
    for heat in ("red", "blue", "green"):
        behind = [0.35 * c + 0.65 * p for c, p in zip(known[heat], known["card"], strict=True)]
        if contrast(known["ink"], behind) < 4.5:
            poor["ink", heat] = round(contrast(known["ink"], behind), 2)
    assert poor == {}


# ------------------------------------------------ in a browser


@pytest.mark.skipif(FOUND is None, reason="there is no Chromium on this machine")
def test_a_browser_without_a_network_draws_it_without_complaint(tmp_path: Path):
    path = tmp_path / "report.html"
    attacked = replace(a_year(200), params={"fast": ATTACK}, strategy=ATTACK)
    write_html(attacked, path, "en")

    with browser(tmp_path / "profile") as page:
        page.show(width=390, height=844, scheme="dark")
        page.open(path)
        is_narrow = page.ask("document.documentElement.scrollWidth <= innerWidth")
        is_dark = page.ask("getComputedStyle(document.body).backgroundColor")
        page.show(width=1280, height=900, scheme="light")
        is_light = page.ask("getComputedStyle(document.body).backgroundColor")
        canvases = page.ask("document.querySelectorAll('canvas').length")
        logos = page.ask("[...document.querySelectorAll('a[href*=tradingview]')].length")
        reached = []
        for _ in range(9):
            page.press("Tab")
            reached.append(page.ask("document.activeElement.id || document.activeElement.className"))
        page.ask("document.getElementById('language').focus()")
        page.press("Enter")
        korean = page.ask(
            "document.documentElement.lang + getComputedStyle(document.querySelector('h2 [lang=en]')).display"
        )
        page.ask("document.getElementById('colours').click()")
        western = page.ask("document.getElementById('colours').getAttribute('aria-pressed')")
        page.ask(
            "const m = document.getElementById('market'); m.value = 'KRW-ETH'; m.dispatchEvent(new Event('change'))"
        )
        title = page.ask("document.title")

    assert page.complaints == []
    assert page.requests == [path.as_uri()]
    assert is_narrow
    assert is_dark != is_light
    assert canvases > 10
    assert logos == 2
    assert reached[:3] == ["skip", "language", "colours"]
    assert {"worth", "market", "candles"} <= set(reached)
    assert korean == "konone"
    assert western == "true"
    assert "taken" not in title.replace(ATTACK, "")
