"""Whatever step a life ends at, the next one knows everything; the whole sweep is `python -m simtest every`."""

import pytest
from simtest.every import Course, Point, die_at, points

#: Of the steps of the course each so many-th; odd, so that synced and lost records take turns.
STRIDE = 51


def chosen(where: str) -> list[Point]:
    """The sample of one kind of step."""
    return [point for point in points() if point.where == where][::STRIDE]


def test_the_course_meets_everything_an_order_can_meet():
    course = Course(None)
    report = course.run()

    assert report.violations == []
    assert {"bot: order_lost", "bot: fill", "bot: cancel", "stopped, nothing left open"} <= set(report.sometimes)
    assert all(course.counted[where] > least for where, least in {"step": 200, "disk": 100, "send": 20}.items())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("where", ["step", "disk", "send", "again"])
def test_a_life_may_end_at_any_step_of_its_loop_its_disk_its_wire_or_its_recovery(where: str):
    sample = chosen(where)
    reports = [die_at(point) for point in sample]

    assert len(sample) > 1
    assert [report.violations for report in reports if report.violations] == []
    assert all(report.crashes >= 1 for report in reports)
