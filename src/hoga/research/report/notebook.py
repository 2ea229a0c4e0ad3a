"""A result as a notebook shows it: a few figures and a small line of its worth, no script, no colours of its own."""

from collections.abc import Sequence
from html import escape

from hoga.model.money import exactly
from hoga.research.report.curves import Point
from hoga.research.report.drawing import thinned
from hoga.research.report.figures import figures
from hoga.research.report.rows import groups
from hoga.research.report.spelling import moment
from hoga.research.result import Result

WIDTH, HEIGHT, POINTS = 480, 90, 400

_SHOWN = ("total_return", "profit", "cagr", "drawdown", "sharpe", "round_trips", "win_rate", "fees")


def as_html(result: Result) -> str:
    """A small table beside the holder's figures, and the worth as an SVG line."""
    with exactly():
        found = figures(result)
        rows = {row.key: row for group in groups(found, result.quote) for row in group.rows}
    lines = "".join(
        f"<tr><th style='text-align:left'>{escape(row.name.en)}</th><td>{escape(row.value.en)}</td>"
        f"<td>{'' if row.holder.en == '-' else escape(row.holder.en)}</td></tr>"
        for row in (rows[key] for key in _SHOWN)
    )
    period = f"{moment(result.begin_ms)} → {moment(result.end_ms)} KST"
    halted = f"<p><b>halted:</b> {escape(result.halted)}</p>" if result.halted else ""
    return (
        f"<div><p><b>{escape(result.strategy)}</b> · {escape(', '.join(result.markets))} · {period}</p>{halted}"
        f"{line_of(found.curve)}<table><thead><tr><th></th><th>strategy</th><th>buy and hold</th></tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def line_of(curve: Sequence[Point]) -> str:
    """A curve as SVG, the level of its beginning dashed."""
    points = thinned(curve, POINTS)
    worths = [worth for _, worth in points]
    low, high = min(worths), max(worths)
    begin, length = points[0][0], max(points[-1][0] - points[0][0], 1)

    def height(worth: float) -> float:
        share = (worth - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - 4 - share * (HEIGHT - 8), 1)

    path = " ".join(f"{round((at_ms - begin) / length * WIDTH, 1)},{height(worth)}" for at_ms, worth in points)
    level = height(worths[0])
    return (
        f"<svg viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}' role='img' aria-label='equity'>"
        f"<line x1='0' x2='{WIDTH}' y1='{level}' y2='{level}' stroke='currentColor' stroke-opacity='.35'"
        f" stroke-dasharray='4 4'/>"
        f"<polyline points='{path}' fill='none' stroke='currentColor' stroke-width='1.5'/></svg>"
    )
