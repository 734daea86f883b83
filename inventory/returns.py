"""Goods that come back (退库): from the store of a point or from a recipient to a store of a unit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from inventory import balances, ledger
from inventory.balances import Balance
from inventory.catalogue import Lot
from inventory.errors import InvalidInput, NotFound, Restricted, Short
from inventory.ledger import Document, DocumentKind, Line, Movement, Recorded
from inventory.places import Place, StockLocation, places_of
from inventory.restrictions import named_for, not_for
from inventory.units import subtree


def take_back(
    session: Session,
    *,
    recorded: Recorded,
    source: StockLocation,
    destination: StockLocation,
    lots: Mapping[int, int],
    unit_id: int,
) -> Document:
    """Return goods (lot id → base units) from a point's store or a recipient to a store of a unit. The same key again is once.

    Raises Short for more than a store has, or than a recipient still has of what the unit and those below it gave, Promised for what
    a store promised to others, Restricted for goods that were given for others than those who hold them, InvalidInput "not-a-store" and
    "same-as-source".
    """
    if source.place not in (Place.STORE, Place.RECIPIENT) or destination.place is not Place.STORE:
        raise InvalidInput("destination", "not-a-store", destination.name)
    lines = [
        Line(lot_id=lot_id, source_id=source.id, destination_id=destination.id, quantity=quantity)
        for lot_id, quantity in sorted(lots.items())
    ]
    held = _hold_lots(session, source, destination, lots)
    if ledger.document_by_key(session, recorded.key) is None:
        _refuse_more_than_held(source, held, lots, still_with(session, source, unit_id=unit_id))
        if source.place is Place.STORE:
            _refuse_given_for_others(session, source, destination, held, lots)
            ledger.refuse_promised(session, lines=lines, day=recorded.occurred_at.date())
    return ledger.post(session, kind=DocumentKind.RETURN, recorded=recorded, lines=lines)


def still_with(session: Session, location: StockLocation, *, unit_id: int) -> dict[int, int]:
    """What may come back from a place, by lot id: what a store holds; of what a recipient has, what the unit and those below it gave."""
    held = select(Balance.lot_id, Balance.quantity).where(Balance.location_id == location.id, Balance.quantity > 0)
    there = {lot_id: quantity for lot_id, quantity in session.execute(held)}
    if location.place is not Place.RECIPIENT:
        return there
    given = _given(session, location, unit_id)
    return {lot_id: least for lot_id, has in there.items() if (least := min(has, given.get(lot_id, 0))) > 0}


# Beneath --------------------------------------------------------------------------------------------------------------


def _hold_lots(
    session: Session, source: StockLocation, destination: StockLocation, lots: Mapping[int, int]
) -> dict[int, Balance]:
    """What a place has of the items of these lots, by lot id.

    Both ends are held in key order until the transaction ends, as every issue holds them: the lower one first, of the destination
    only what it gets.
    """
    known = session.scalars(select(Lot).where(Lot.id.in_(sorted(lots)))).all()
    if destination.id < source.id:
        balances.hold(session, location_ids=[destination.id], lots=known)
    held = session.scalars(
        select(Balance)
        .where(Balance.location_id == source.id, Balance.item_id.in_({lot.item_id for lot in known}))
        .order_by(Balance.lot_id)
        .options(selectinload(Balance.lot))
        .with_for_update(of=Balance)
        .execution_options(populate_existing=True)
    )
    return {balance.lot_id: balance for balance in held}


def _given(session: Session, recipient: StockLocation, unit_id: int) -> dict[int, int]:
    """What a recipient got of each lot from places of the unit and below, less what came back there."""
    ours = places_of(subtree(unit_id))
    came = and_(Movement.destination_id == recipient.id, Movement.source_id.in_(ours))
    went = and_(Movement.source_id == recipient.id, Movement.destination_id.in_(ours))
    net = func.sum(case((came, Movement.quantity), else_=-Movement.quantity))
    rows = session.execute(select(Movement.lot_id, net).where(or_(came, went)).group_by(Movement.lot_id))
    return {lot_id: int(quantity) for lot_id, quantity in rows}


def _refuse_more_than_held(
    source: StockLocation, held: Mapping[int, Balance], lots: Mapping[int, int], may_give: Mapping[int, int]
) -> None:
    """The database guards no recipient's balance: looked at here, while it is held."""
    for lot_id, quantity in sorted(lots.items()):
        if lot_id not in held:
            raise NotFound("lot", lot_id)
        if quantity > (available := may_give.get(lot_id, 0)):
            raise Short(location_id=source.id, item_id=held[lot_id].item_id, wanted=quantity, available=available)


def _refuse_given_for_others(
    session: Session,
    source: StockLocation,
    destination: StockLocation,
    held: Mapping[int, Balance],
    lots: Mapping[int, int],
) -> None:
    """Those for whom goods were given may return them; a return is no way round for others to pass them on."""
    named = named_for(session, lots.keys())
    for lot_id in not_for(session, named, unit_id=source.unit_id):
        raise Restricted(
            location_id=source.id,
            destination_id=destination.id,
            item_id=held[lot_id].item_id,
            wanted=lots[lot_id],
            available=0,
            restricted=held[lot_id].quantity,
            unit_ids=named[lot_id],
        )
