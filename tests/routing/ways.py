"""All ways to put a stop into given routes, by brute force, for the laws about inserting."""

from itertools import chain

from routing import Plan, Route, evaluate
from routing.insertion import added


def part_that_breaks_nothing(case, decided):
    """The routes of a plan that break no rule, with those on which everybody is with whom he belongs."""
    routes: list[Route] = []
    for route in decided.routes:
        more = Plan(routes=(*routes, route))
        kinds = {violation.shift_id for violation in evaluate(case, more).violations if violation.shift_id}
        if route.shift_id not in kinds and not kinds & {each.shift_id for each in routes}:
            routes.append(route)
    return routes


def every_way_in(case, tours, number):
    """Every route with the stop (and those from which it is fed) put in, without a look at any rule but locks."""
    fed = [number]
    while (source := case.stops[fed[0]].from_stop) is not None and tours.fleet.index[source] not in tours.row_of:
        fed.insert(0, tours.fleet.index[source])
    for row, entry in enumerate(case.shifts):
        ways = [tours.route(row)]
        for each in fed:
            ways = [*chain.from_iterable(longer_routes(case, entry, way, case.stops[each]) for way in ways)]
        for way in ways:
            places = [way.stops.index(case.stops[each].id) for each in fed]
            trips = {next(n for n, trip in enumerate(way.trips()) if at in trip) for at in places}
            new_trip = len(way.reloads) > len(tours.route(row).reloads)
            own = [trip for trip in way.trips() if places[0] in trip]
            if places == sorted(places) and len(trips) == 1 and (not new_trip or list(own[0]) == places):
                yield row, way


def longer_routes(case, entry, route, added_stop):
    count = len(route.stops)
    for place in range(len(added_stop.places)):
        for position in range(count + 1):
            if not may_come_to(case, entry, added_stop, position):
                continue
            stops = (*route.stops[:position], added_stop.id, *route.stops[position:])
            old = route.places or (0,) * count
            places = (*old[:position], place, *old[position:])
            starts = [0, *route.reloads]
            within = [reload + (reload > position) for reload in route.reloads]
            options = {tuple(within)}
            if position in route.reloads:  # at the end of the trip before it
                options.add(tuple(reload + (reload >= position) for reload in route.reloads))
            if len(starts) < entry.max_trips and count and position in {*starts, count}:
                moved = {*(start + (start >= position) for start in starts), position}
                if position == 0:
                    moved.add(1)
                options.add(tuple(sorted(moved - {0})))
            for reloads in options:
                yield Route(shift_id=entry.id, stops=stops, places=places, reloads=reloads)


def may_come_to(case, entry, added_stop, position):
    """Nothing comes before locked stops, and those to their position only."""
    locked_on = [
        (shift.id, shift.locked.index(added_stop.id)) for shift in case.shifts if added_stop.id in shift.locked
    ]
    if locked_on:
        return locked_on == [(entry.id, position)]
    return position >= len(entry.locked)


def newly_broken(case, before, after):
    """What the referee finds broken in one plan that is not in another, whoever is left out."""
    found = added(evaluate(case, before).violations, evaluate(case, after).violations)
    return [violation for violation in found if violation.kind not in {"left_out", "unaccounted_stop"}]
