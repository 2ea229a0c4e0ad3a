"""What was seen lately is known, in bounded memory."""

from hypothesis import given, strategies as st

from hoga.upbit.recent import Recent


@given(st.lists(st.integers(0, 30)), st.integers(1, 10))
def test_the_last_limit_things_are_known_and_at_most_twice_as_many_are_kept(things: list[int], limit: int):
    recent = Recent(limit)
    order: list[int] = []
    for thing in things:
        if thing in order[-limit:]:
            assert not recent.add(thing)
        elif recent.add(thing):
            assert thing not in order[-limit:]
            order.append(thing)

    assert len(recent) <= 2 * limit
    assert all(thing in recent for thing in order[-limit:])
