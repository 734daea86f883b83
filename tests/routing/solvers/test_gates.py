"""Gates keep out who must be kept out, and nobody who may not be."""

from hypothesis import given
from hypothesis import strategies as st

from routing.solvers.py_vrp.gates import Barrier, Gates


def test_one_gate_does_for_all_who_are_kept_from_the_same_shifts():
    barriers = [Barrier(frozenset({0, 1}), frozenset({0, 1}))] * 3 + [Barrier(frozenset(), frozenset())]
    gates = Gates(barriers, 7)
    assert gates.closed_to == (frozenset({0, 1}),)
    assert [gates.of(client) for client in range(4)] == [{0}, {0}, {0}, set()]


def test_a_wide_barrier_is_put_together_from_narrow_gates():
    narrow = [Barrier(frozenset({shift}), frozenset({shift})) for shift in range(3)]
    wide = Barrier(frozenset({0, 2}), frozenset({0, 2}))
    gates = Gates([*narrow, wide], 7)
    assert len(gates.closed_to) == 3
    assert gates.of(3) == {0, 2}


shifts = st.frozensets(st.integers(0, 6))


@given(st.lists(st.tuples(shifts, shifts), max_size=8))
def test_gates_keep_from_the_needed_shifts_and_from_no_other_than_the_allowed_ones(drawn):
    barriers = [Barrier(needed, needed | more) for needed, more in drawn]
    gates = Gates(barriers, 7)
    for client, barrier in enumerate(barriers):
        kept_from = frozenset().union(*(gates.closed_to[gate] for gate in gates.of(client)))
        assert barrier.needed <= kept_from <= barrier.allowed


def test_who_has_one_shift_only_shares_gates_with_others():
    everyone = frozenset(range(40))
    gates = Gates([Barrier(everyone - {shift}, everyone - {shift}) for shift in range(30)], 40)
    assert len(gates.closed_to) < 15
