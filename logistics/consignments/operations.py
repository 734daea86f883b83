"""What joins consignments with places and with who may see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, contains_eager

from inventory import consignments, returns
from inventory.balances import Balance
from inventory.catalogue import Item, Lot
from inventory.consignments import Answer, Consignment, Difference, Settlement
from inventory.errors import NotFound
from inventory.ledger import Movement, Recorded
from inventory.places import Place, StockLocation
from inventory.units import Unit, subtree
from logistics.supplies.choices import Choice, Choices
from logistics.supplies.operations import source_named

#: The most places a form offers to bring goods back from.
MOST_PLACES = 1_000


def settle(
    session: Session, *, recorded: Recorded, difference_id: int, answer: Answer, quantity: int, supplier: str
) -> Settlement:
    """Answer a difference; `supplier` names who has the goods where the answer says so."""
    who = source_named(session, place=Place.SUPPLIER, name=supplier) if answer is Answer.SUPPLIER else None
    return consignments.settle(
        session, recorded=recorded, difference_id=difference_id, answer=answer, quantity=quantity, supplier=who
    )


def consignment_within(session: Session, consignment_id: int, *, unit_id: int) -> Consignment:
    """The consignment, if the unit or one below it sends or receives it. Raises NotFound."""
    consignment = consignments.get_consignment(session, consignment_id)
    if not consignments.concerns(session, consignment, unit_id=unit_id):
        raise NotFound("consignment", consignment_id)
    return consignment


def to_sign_for(session: Session, consignment_id: int, *, unit_id: int) -> Consignment:
    """The consignment, if it goes to the unit or to one below it. Raises NotFound."""
    consignment = consignments.get_consignment(session, consignment_id)
    if not consignments.reaches(session, consignment.destination, unit_id=unit_id):
        raise NotFound("consignment", consignment_id)
    return consignment


def to_answer(session: Session, difference_id: int, *, unit_id: int) -> Difference:
    """The difference, if the unit or one below it sent the goods. Raises NotFound."""
    difference = consignments.get_difference(session, difference_id)
    if not consignments.reaches(session, difference.arrival.consignment.source, unit_id=unit_id):
        raise NotFound("difference", difference_id)
    return difference


def difference_within(session: Session, difference_id: int, *, unit_id: int) -> Difference:
    """The difference, if the unit or one below it sends or receives the goods. Raises NotFound."""
    difference = consignments.get_difference(session, difference_id)
    consignment_within(session, difference.arrival.consignment_id, unit_id=unit_id)
    return difference


def names_of(session: Session, unit_ids: Collection[int]) -> list[str]:
    """The names of units, by code."""
    return list(session.scalars(select(Unit.name).where(Unit.id.in_(unit_ids)).order_by(Unit.code)))


def places_to_return_from(session: Session, *, unit_id: int) -> Choices[StockLocation]:
    """Stores of the unit and below, and recipients they served, as far as they ever held anything."""
    here = select(StockLocation.id).where(StockLocation.unit_id.in_(subtree(unit_id)))
    served = exists().where(Movement.destination_id == StockLocation.id, Movement.source_id.in_(here))
    found = session.scalars(
        select(StockLocation)
        .where(
            exists().where(Balance.location_id == StockLocation.id),
            or_(
                and_(StockLocation.place == Place.STORE, StockLocation.id.in_(here)),
                and_(StockLocation.place == Place.RECIPIENT, served),
            ),
        )
        .order_by(StockLocation.place.desc(), StockLocation.code)
        .limit(MOST_PLACES)
    )
    return Choices("store", [Choice.of(place.code, place.name, place) for place in found])


def held_at(session: Session, location: StockLocation, *, unit_id: int) -> list[tuple[Lot, int]]:
    """The lots that may come back from a place to the unit or one below it, by item, each with how much."""
    quantities = returns.still_with(session, location, unit_id=unit_id)
    wanted = select(Lot).join(Item, Item.id == Lot.item_id).where(Lot.id.in_(quantities))
    lots = session.scalars(wanted.order_by(Item.code, Lot.id).options(contains_eager(Lot.item)))
    return [(lot, quantities[lot.id]) for lot in lots]
