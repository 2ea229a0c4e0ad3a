"""The page about an order's life shows the table that decides."""

from tests.house.life_drawing import CELLS, PAGE, PICTURE, drawn


def test_the_picture_and_the_table_on_the_page_are_the_ones_in_the_code():
    page = PAGE.read_text(encoding="utf-8")

    assert [name for name in (PICTURE, CELLS) if f"<!-- {name} -->" not in page] == []
    assert page == drawn(page), "run `python -m tests.house.life_drawing`"
