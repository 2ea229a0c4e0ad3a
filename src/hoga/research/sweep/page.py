"""A sweep as one HTML file without a script: heat maps over pairs of parameters, the best sets, the Pareto front."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from msgspec import Struct

from hoga.model.version import __version__
from hoga.research.report.words import Language, Words
from hoga.research.sweep.study import Outcome
from hoga.research.sweep.sweeping import Sweep
from hoga.research.whole_file import whole_file

#: Rows of the table of the best; the study holds all.
SHOWN = 50
SHOWN_IN_A_NOTEBOOK = 10
#: Pairs of parameters that get a map of their own.
MOST_MAPS = 6
#: The strongest colour behind a cell; more would make its number hard to read.
STRONGEST = 0.4

TEXTS: Mapping[str, Words] = {
    "sweep": Words("파라미터 탐색", "Sweep"),
    "front": Words("파레토 전선", "Pareto front"),
    "front_words": Words(
        "한 목표에서 더 나은 설정은 다른 목표에서 반드시 못한 것들입니다.",
        "No other set is better in one objective without being worse in another.",
    ),
    "ranked": Words("좋은 순서", "Best first"),
    "problems": Words("결과가 없는 설정", "Sets without a result"),
    "best_of_others": Words(
        "나머지 파라미터는 각 칸에서 가장 좋은 값입니다.", "Each cell shows the best over the other parameters."
    ),
    "warning": Words(
        "가장 좋은 설정은 운이 좋았을 뿐일 수 있습니다. 'hoga check'로 확인하십시오.",
        "The best set may only have been lucky: ask `hoga check`.",
    ),
}


class Cell(Struct, frozen=True):
    """One cell of a map: its figure, on which side of the middle it lies, and how far."""

    text: str
    sign: int
    heat: float
    is_best: bool


class Row(Struct, frozen=True):
    """One value of the parameter that runs down."""

    name: str
    cells: tuple[Cell, ...]


class HeatMap(Struct, frozen=True):
    """The first objective over two parameters (or one, then `across` is empty)."""

    objective: str
    down: str
    across: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def heat_maps(found: Sweep) -> list[HeatMap]:
    """One map for each pair of parameters that have several values; one column where there is only one such."""
    wide = [name for name, values in found.axes.items() if len(values) > 1]
    pairs: list[tuple[str, str]] = list(combinations(wide, 2))[:MOST_MAPS] or [(name, "") for name in wide]
    return [_map(found, down, across) for down, across in pairs]


def best_as_html(found: Sweep) -> str:
    """The best sets as a table that fits anywhere."""
    return str(_table(found, found.ranked[:SHOWN_IN_A_NOTEBOOK]))


def write_sweep_html(found: Sweep, title: str, path: Path, language: Language = "ko", facts: str = "") -> None:
    """Write the page in place of one that is there; `DataError` where it cannot be written."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = environment.from_string(
        _text("hoga.research.sweep", "sweep.html")
    ).render(
        language=language,
        title=title,
        facts=facts,
        t={name: words.in_(language) for name, words in TEXTS.items()},
        maps=heat_maps(found),
        others=sum(len(values) > 1 for values in found.axes.values()) > 2,  # noqa: PLR2004 - more than a map shows
        front=found.front if len(found.objectives) > 1 else [],
        ranked=found.ranked[:SHOWN],
        table=lambda outcomes: _table(found, outcomes),
        problems=Counter(outcome.problem for outcome in found.outcomes if outcome.problem).most_common(),
        version=__version__,
        style=Markup(_text("hoga.research.report", "page.css")),  # noqa: S704 - our own file
    )
    with whole_file(path) as place:
        place.write_text(text, encoding="utf-8")


def _map(found: Sweep, down: str, across: str) -> HeatMap:
    best: dict[tuple[str, str], float] = {}
    higher = found.higher[0]
    for outcome in reversed(found.ranked):
        best[outcome.params[down], outcome.params.get(across, "")] = outcome.values[0] or 0.0
    ordered = sorted(best.values())
    middle = ordered[len(ordered) // 2] if ordered else 0.0
    widest = max((abs(value - middle) for value in ordered), default=0.0) or 1.0
    top = None if not ordered else ordered[-1] if higher else ordered[0]

    def cell(row: str, column: str) -> Cell:
        value = best.get((row, column))
        if value is None:
            return Cell("", 0, 0.0, is_best=False)
        sign = 0 if value == middle else 1 if (value > middle) == higher else -1
        return Cell(f"{value:.4g}", sign, round(abs(value - middle) / widest * STRONGEST, 3), is_best=value == top)

    columns = tuple(found.axes[across]) if across else ("",)
    rows = tuple(Row(row, tuple(cell(row, column) for column in columns)) for row in found.axes[down])
    return HeatMap(found.objectives[0], down, across, columns, rows)


def _table(found: Sweep, outcomes: Sequence[Outcome]) -> Markup:
    names = [*found.axes, *found.objectives]
    names += [name for name in (outcomes[0].figures if outcomes else {}) if name not in found.objectives]
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in names)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(text) for text in _texts(found, each))
        )
        for each in outcomes
    )
    return Markup(
        '<div class="scroll" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, body)


def _texts(found: Sweep, outcome: Outcome) -> list[str]:
    texts = [str(escape(outcome.params.get(name, ""))) for name in found.axes]
    texts += ["-" if value is None else f"{value:.4g}" for value in outcome.values]
    rest = (value for name, value in outcome.figures.items() if name not in found.objectives)
    return texts + ["-" if value is None else f"{value:.4g}" for value in rest]


def _text(package: str, name: str) -> str:
    return files(package).joinpath("template").joinpath(name).read_text(encoding="utf-8")
