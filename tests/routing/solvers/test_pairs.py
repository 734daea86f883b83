"""A pair of pickup and delivery as one visit, and back."""

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import Plan, Route, evaluate
from routing.solvers.pairs import with_joined_pairs
from tests.routing.cases import HOUR, LEG_M, MINUTE, plan, plans_for, problem, problems, shift, stop, window


def pair(first=None, second=None):
    return [
        stop("from", 2, **{"service_s": 5 * MINUTE, **(first or {})}),
        stop("to", 4, **{"from_stop": "from", "service_s": 3 * MINUTE, **(second or {})}),
    ]


def test_a_joined_pair_begins_at_the_first_and_ends_at_the_second():
    case = problem([*pair(), stop("a", 5)])
    joined = with_joined_pairs(case, None)
    (visit,) = [each for each in joined.problem.stops if each.id == "from+to"]
    assert visit.service_s == (5 + 20 + 3) * MINUTE
    both = evaluate(joined.problem, plan({"day": ["from+to", "a"]}))
    apart = evaluate(case, plan({"day": ["from", "to", "a"]}))
    assert both.routes[0].visits[-1].start_s == apart.routes[0].visits[-1].start_s
    assert both.routes[0].return_s == apart.routes[0].return_s
    assert (both.routes[0].distance_m, apart.routes[0].distance_m) == (8 * LEG_M, 10 * LEG_M)  # without the way inside


def test_windows_are_those_in_which_both_can_be_served_without_waiting_in_between():
    case = problem(pair({"windows": (window(0, 100),)}, {"windows": (window(60, 90),)}))
    assert with_joined_pairs(case, None).problem.stops[0].windows == (window(35, 65),)


def test_what_cannot_be_served_in_a_row_stays_apart():
    impossible = problem(pair({"windows": (window(0, 10),)}, {"windows": (window(300, 310),)}))
    assert with_joined_pairs(impossible, None).problem is impossible
    apart = problem([*pair(), stop("a", 3)])
    assert not with_joined_pairs(apart, plan({"day": ["from", "a", "to"]})).pairs


def test_reloads_and_places_stay_where_they_were():
    case = problem([*pair(), stop("a", 1), stop("b", 3)], shifts=[shift(max_trips=3)])
    route = Route(shift_id="day", stops=("a", "from", "to", "b"), reloads=(1, 3))
    joined = with_joined_pairs(case, Plan(routes=(route,)))
    (shorter,) = joined.joined(Plan(routes=(route,))).routes
    assert (shorter.stops, shorter.reloads) == (("a", "from+to", "b"), (1, 2))
    assert joined.parted(Plan(routes=(shorter,))).routes == (route,)


def test_a_pair_that_is_apart_comes_together_where_the_first_of_it_is():
    case = problem([*pair(), stop("a", 1)], shifts=[shift(max_trips=2)])
    joined = with_joined_pairs(case, None)
    for stops, reloads, expected in [
        (("from", "to", "a"), (1,), (("from+to", "a"), (1,))),
        (("from", "a", "to"), (2,), (("from+to", "a"), ())),
        (("to", "from"), (1,), (("from+to",), ())),
    ]:
        (route,) = joined.joined(Plan(routes=(Route(shift_id="day", stops=stops, reloads=reloads),))).routes
        assert (route.stops, route.reloads) == expected


def test_a_name_that_is_taken_is_not_taken_twice():
    case = problem([*pair(), stop("from+to", 1)])
    assert set(with_joined_pairs(case, None).pairs) == {"from+to+"}


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_what_the_joined_problem_allows_the_full_one_allows(data):
    case = data.draw(problems(most_stops=5, rules=["transfers", "trips", "skills", "breaks", "pickups"]))
    joined = with_joined_pairs(case, None)
    found = data.draw(plans_for(joined.problem))
    full = joined.parted(found)
    assert joined.joined(full) == found
    if not evaluate(joined.problem, found).violations:
        broken = {each.kind for each in evaluate(case, full).violations}
        assert broken <= {"break"}, HOUR  # a break may have to fall into the middle of a joined visit
