"""What is behind us of a budget, or of so many steps."""

import pytest

from routing.solvers.watch import Watch


def test_steps_are_counted_and_shared_out():
    watch = Watch(None, 10, None)
    assert watch.share() == 0
    part = watch.part(0.4)
    assert watch.share() == 0.4
    taken = 0
    while part.next_step():
        taken += 1
        assert part.share() == taken / 4
    assert (taken, watch.all_steps(), watch.share(), watch.next_step()) == (4, 6, 1.0, False)


def test_time_passes_and_is_over_for_a_part_before_the_whole():
    watch = Watch(10.0, None, None)
    part = watch.part(1e-6)
    assert part.budget_s == pytest.approx(1e-5)
    while part.next_step():
        assert 0 <= part.share() <= 1
    assert part.share() == 1
    assert 0 < watch.share() < 1
    assert watch.next_step()


def test_no_steps_at_all_are_all_behind_us():
    assert Watch(None, 0, None).share() == 1


def test_the_caller_is_heard_by_the_parts_too():
    assert not Watch(10.0, None, lambda: True).part(0.5).next_step()
