"""What comes in and what is on the way, so that every page of it has something to show."""

from __future__ import annotations

from typing import Any

from inventory import consignments, donations, places, purchasing
from inventory.consignments import Counted
from inventory.places import Place
from inventory.purchasing import Ordered
from logistics.db import Database
from tests.county import NOW, County, recorded


def incoming(database: Database, county: County) -> None:
    """An open order, an accepted donation with money and another that waits, one consignment that differs and one on the way."""
    with database.transaction() as session:
        bureau, store = session.merge(county.bureau), session.merge(county.store)
        purchasing.order_goods(
            session,
            key="order",
            supplier=session.merge(county.supplier),
            unit=bureau,
            lines=[Ordered(item_id=county.masks.id, quantity=500, price_fen=6_250, price_word="盒")],
            at=NOW,
            by="officer",
        )
        donor = places.open_location(session, place=Place.DONOR, code="商会", name="商会")
        for key in ("accepted", "waiting"):
            offered: dict[str, Any] = {
                "lines": [(county.masks.id, 500)],
                "money_fen": 500_000,
                "unit_ids": [county.checkpoint.id],
            }
            donations.offer(session, key=key, donor=donor, unit=bureau, at=NOW, by="officer", **offered)
        donations.accept(session, donation_id=1, at=NOW, by="officer")
        donations.receive_money(session, recorded=recorded("money"), donation_id=1, amount_fen=500_000)
        station = places.store_of(session, session.merge(county.station))
        for key in ("differs", "under-way"):
            sent: dict[str, Any] = {"source": store, "destination": station, "wanted": {county.disinfectant.id: 1_000}}
            made = consignments.send(session, recorded=recorded(key), **sent)
            if key == "differs":
                lot_id = consignments.standing(session, made).lots[0].lot.id
                counted = [Counted(lot_id=lot_id, quantity=900, photo=b"\x89PNG\r\n\x1a\n")]
                consignments.receive(session, recorded=recorded("sign"), consignment_id=made.id, counted=counted)
