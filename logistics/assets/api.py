"""Equipment as JSON: pieces by serial number, who has them, calibration, repair, loan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import assets
from inventory.assets import Asset, Description, Details, Signed
from logistics.accounts.permissions import Permission, permit
from logistics.assets import operations
from logistics.assets.schemas import AssetActIn, AssetOut, AssetQuery, AssetsIn, AssetWithHistoryOut
from logistics.supplies import choices
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, now, reading, today, transaction

blueprint = ApiBlueprint("assets_api", __name__, description="Equipment by serial number, calibration, loan, repair")

PAGE = 50


@blueprint.route("/assets")
class Assets(MethodView):
    @blueprint.arguments(AssetQuery, location="query")
    @blueprint.response(200, AssetOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Fifty pieces of one's unit and all below it or there now, those due for calibration first."""
        with reading() as session:
            return [_plain(asset) for asset in _found(session, query)]

    @blueprint.arguments(AssetsIn)
    @blueprint.response(201, AssetOut(many=True))
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Register pieces of one item, all of them or none."""
        with transaction() as session:
            made = assets.register(
                session,
                signed=_signed(given),
                item=choices.items(session).find(given["item"]),
                unit=choices.units(session, of_unit_id=me().unit_id).find(given["unit"]),
                serials=given["serials"],
                told=Description(**{name: given[name] for name in ("acquired_on", "interval_days", "due_on", "note")}),
            )
            return [_plain(asset) for asset in made]


@blueprint.route("/assets/<int:asset_id>")
class OneAsset(MethodView):
    @blueprint.etag
    @blueprint.response(200, AssetWithHistoryOut)
    @permit(Permission.READ_STOCK)
    def get(self, asset_id: int) -> Mapping[str, Any]:
        """One piece and all that happened to it."""
        with reading() as session:
            asset = operations.asset_seen(session, asset_id, unit_id=me().unit_id)
            return _whole(session, asset)


@blueprint.route("/assets/<int:asset_id>/acts")
class Acts(MethodView):
    @blueprint.acts_on_seen
    @blueprint.arguments(AssetActIn)
    @blueprint.response(201, AssetOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Mapping[str, Any], asset_id: int) -> Mapping[str, Any]:
        """Record what happened to a piece; what is overdue for calibration is neither handed out nor lent."""
        with transaction() as session:
            asset = operations.own_asset(session, asset_id, unit_id=me().unit_id)
            details = _details(session, given)
            with blueprint.unless_changed(session, asset, lambda: _whole(session, asset), AssetWithHistoryOut):
                assets.record(session, signed=_signed(given), asset_id=asset_id, act=given["act"], details=details)
            return _plain(asset)


def _found(session: Session, query: Mapping[str, Any]) -> list[Asset]:
    offset = PAGE * (query["page"] - 1)
    within_days = query["due_within_days"]
    if within_days is not None:
        due = assets.due(session, unit_id=me().unit_id, on=today(), within_days=within_days)
        return due[offset : offset + PAGE]
    return assets.assets(
        session, unit_id=me().unit_id, words=query["q"], retired=query["retired"], limit=PAGE, offset=offset
    )


def _details(session: Session, given: Mapping[str, Any]) -> Details:
    units = choices.units(session, of_unit_id=me().unit_id)
    told = {name: value for name, value in given.items() if name not in ("key", "act", "place")}
    return Details(place_id=units.find(given["place"]).id if given["place"] else None, **told)


def _signed(given: Mapping[str, Any]) -> Signed:
    return Signed(key=given["key"], on=today(), at=now(), by=me().sign_in_name)


def _whole(session: Session, asset: Asset) -> Mapping[str, Any]:
    return {**_plain(asset), "history": assets.history(session, asset.id)}


def _plain(asset: Asset) -> Mapping[str, Any]:
    return {
        "id": asset.id,
        "item": asset.item.code,
        "serial": asset.serial,
        "unit": asset.unit.code,
        "acquired_on": asset.acquired_on,
        "interval_days": asset.interval_days,
        "note": asset.note,
        "state": asset.state,
        "holder": asset.holder,
        "place": asset.place.code if asset.place else None,
        "since": asset.since,
        "until": asset.until,
        "due_on": asset.due_on,
        "overdue": asset.overdue(today()),
        "possible": assets.possible(asset, on=today()),
    }
