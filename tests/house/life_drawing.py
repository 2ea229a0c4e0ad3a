"""The picture and the table of an order's life for `docs/order-life.md`, drawn from the table in the code.

Run as a module to write them into the page; `test_order_life_page.py` compares.
"""

from tests.house.tree import ROOT

from hoga.model.order_life import NEXT, TABLE, OrderState

PAGE = ROOT / "docs" / "order-life.md"
PICTURE, CELLS = "picture", "cells"


def picture() -> str:
    """Draw every move as Mermaid; what only stays, asks or alarms is left to the table."""
    moves: dict[tuple[OrderState, OrderState], list[str]] = {}
    for (evidence, state), step in NEXT.items():
        if step.state is not state:
            moves.setdefault((state, step.state), []).append(evidence.value.replace(":", ""))
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> INTENDED"]
    lines += [
        f"    {here.name} --> {there.name}: {' / '.join(names)}" for (here, there), names in sorted(moves.items())
    ]
    return "\n".join([*lines, "```"])


def cells() -> str:
    """Spell the table: one row for each piece of evidence."""
    heads = ["", *(state.name for state in OrderState)]
    rows = [heads, ["---"] * len(heads), *([evidence.value, *row.split()] for evidence, row in TABLE.items())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def drawn(page: str) -> str:
    """The page with both parts drawn anew."""
    for name, text in ((PICTURE, picture()), (CELLS, cells())):
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        assert found, f"the page has no place for the {name}"
        assert ended, f"the {name} has no end on the page"
        page = f"{before}{begin}{text}{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
