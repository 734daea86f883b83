"""Which pieces of equipment somebody sees, and which are theirs to act on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory import assets
from inventory.assets import Asset
from inventory.errors import NotFound
from inventory.units import is_within


def asset_seen(session: Session, asset_id: int, *, unit_id: int) -> Asset:
    """The piece, if it belongs to the unit or one below it or is there now. Raises NotFound."""
    asset = session.scalar(select(Asset).where(Asset.id == asset_id, assets.seen_from(unit_id)))
    if asset is None:
        raise NotFound("asset", asset_id)
    return asset


def own_asset(session: Session, asset_id: int, *, unit_id: int) -> Asset:
    """The piece, if it belongs to the unit or one below it: a borrower sees it, but does not act on it. Raises NotFound."""
    asset = assets.get_asset(session, asset_id)
    if not is_within(session, asset.unit_id, unit_id):
        raise NotFound("asset", asset_id)
    return asset
