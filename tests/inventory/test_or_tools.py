"""Room for whole packs: so that what is decided does not hang on how fast the machine is."""

from __future__ import annotations

import pytest

from inventory import or_tools
from inventory.or_tools import Parcel, Undecided, find_room

#: Five packs of 7, of which a holder of 20 takes two: it takes three holders.
PARCEL = Parcel(packs=5, sizes=(7,), holders=(0, 1, 2))


def test_room_is_found_or_known_to_be_missing() -> None:
    loads = find_room([PARCEL], rooms=[[20], [20], [20]], budget_s=60)
    assert loads is not None
    assert sum(loads[0]) == 5
    assert find_room([PARCEL], rooms=[[20], [20], [6]], budget_s=60) is None


def test_a_question_ends_by_its_effort_however_long_it_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(or_tools, "EFFORT", 0.0)
    with pytest.raises(Undecided):
        find_room([PARCEL], rooms=[[20], [20], [20]], budget_s=60)
