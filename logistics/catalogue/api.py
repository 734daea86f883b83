"""Items and units as JSON. Who changes one says by If-Match which state they looked at; a state that is gone gives 412."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from flask import Response, request
from flask.views import MethodView
from sqlalchemy.orm import Session

from inventory import barcodes, classes, closing, descriptions, photos, responsible, units
from inventory.catalogue import Item, item_by_code
from inventory.classes import ItemClass
from inventory.descriptions import ItemDescription, UnitDescription, describe_unit
from inventory.errors import InvalidInput
from inventory.hazards import separations
from inventory.responsible import Responsible
from inventory.units import Unit
from logistics.accounts.permissions import Permission, permit
from logistics.catalogue import listing
from logistics.catalogue.operations import close_unit, held_item, held_unit, movable_unit, reached_unit
from logistics.catalogue.schemas import (
    ItemClassIn,
    ItemFields,
    ItemIn,
    ItemOut,
    ParentIn,
    ResponsibleFields,
    ResponsibleIn,
    ResponsibleOut,
    ScannedOut,
    ScanQuery,
    UnitFields,
    UnitIn,
    UnitOut,
    UnitsQuery,
)
from logistics.catalogue.words import scanned_as_plain
from logistics.supplies import choices
from logistics.web.api import ApiBlueprint
from logistics.web.context import me, reading, today, transaction

blueprint = ApiBlueprint("catalogue_api", __name__, description="Items, units and who answers for them")

type Json = Mapping[str, Any]


# Items ----------------------------------------------------------------------------------------------------------------


@blueprint.route("/items")
class Items(MethodView):
    @blueprint.response(200, ItemOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> Sequence[Json]:
        """Every item with its packs and barcodes, by code."""
        with reading() as session:
            return [_item_line(line.item, line.barcodes) for line in listing.item_lines(session)]

    @blueprint.arguments(ItemIn)
    @blueprint.response(201, ItemOut)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Json) -> Json:
        """Add an item; the same contents under the same code again are the same item."""
        with transaction() as session:
            return _item(session, descriptions.new_item(session, _item_told(given)))


@blueprint.route("/items/<code>")
class OneItem(MethodView):
    @blueprint.etag
    @blueprint.response(200, ItemOut)
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Json:
        """One item, with its ETag."""
        with reading() as session:
            return _item(session, item_by_code(session, code))

    @blueprint.etag
    @blueprint.arguments(ItemFields)
    @blueprint.response(200, ItemOut)
    @permit(Permission.WRITE_STOCK)
    def put(self, given: Json, code: str) -> Json:
        """Change an item as a whole. A base unit or pack size in which something was recorded stays."""
        with transaction() as session:
            item = held_item(session, Item.code == code, key=code)
            blueprint.check_etag(_item(session, item), ItemOut)
            descriptions.change_item(session, item, _item_told({**given, "code": code}))
            return _item(session, item)


@blueprint.route("/items/<code>/photo")
class Photo(MethodView):
    @blueprint.response(200, content_type="image/*")
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Response:
        """The photo of an item."""
        with reading() as session:
            photo = photos.photo_of(session, item_by_code(session, code).id)
            return Response(photo.content, content_type=photo.kind.value)

    @blueprint.response(204)
    @permit(Permission.WRITE_STOCK)
    def put(self, code: str) -> None:
        """Keep the body (PNG, JPEG or WebP, 2 MB at most) as the photo of an item."""
        with transaction() as session:
            photos.set_photo(session, item=item_by_code(session, code), content=request.get_data())

    @blueprint.response(204)
    @permit(Permission.WRITE_STOCK)
    def delete(self, code: str) -> None:
        """Take the photo away; there may be none."""
        with transaction() as session:
            photos.remove_photo(session, item=item_by_code(session, code))


@blueprint.route("/item-classes")
class Classes(MethodView):
    @blueprint.response(200, ItemClassIn(many=True))
    @permit(Permission.READ_STOCK)
    def get(self) -> Sequence[ItemClass]:
        """Every class of interchangeable items, by code."""
        with reading() as session:
            return classes.classes(session)

    @blueprint.arguments(ItemClassIn)
    @blueprint.response(201, ItemClassIn)
    @permit(Permission.WRITE_STOCK)
    def post(self, given: Json) -> ItemClass:
        """Add a class; the same again is the same class."""
        with transaction() as session:
            return classes.add_class(session, **given)


@blueprint.route("/scan")
class Scan(MethodView):
    @blueprint.arguments(ScanQuery, location="query")
    @blueprint.response(200, ScannedOut)
    @permit(Permission.READ_STOCK)
    def get(self, query: Json) -> Json:
        """What a barcode or an item's code means: the item, and the pack that bears it."""
        with reading() as session:
            return scanned_as_plain(barcodes.scan(session, query["code"]))


# Units ----------------------------------------------------------------------------------------------------------------


@blueprint.route("/units")
class Units(MethodView):
    @blueprint.arguments(UnitsQuery, location="query")
    @blueprint.response(200, UnitOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, query: Json) -> Sequence[Json]:
        """The unit of whoever asks and all below it, each after its parent."""
        with reading() as session:
            lines = listing.unit_lines(session, unit_id=me().unit_id, on=today(), closed=query["closed"])
            return [_unit(line.unit) for line in lines]

    @blueprint.arguments(UnitIn)
    @blueprint.response(201, UnitOut)
    @permit(Permission.ADMINISTER)
    def post(self, given: Json) -> Json:
        """Add a unit; the same contents under the same code again are the same unit."""
        with transaction() as session:
            return _unit(descriptions.new_unit(session, _unit_told(given), parent=_named(session, given["parent"])))


@blueprint.route("/units/<code>")
class OneUnit(MethodView):
    @blueprint.etag
    @blueprint.response(200, UnitOut)
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Json:
        """One unit, with its ETag."""
        with reading() as session:
            return _unit(_reached(session, code))

    @blueprint.etag
    @blueprint.arguments(UnitFields)
    @blueprint.response(200, UnitOut)
    @permit(Permission.ADMINISTER)
    def put(self, given: Json, code: str) -> Json:
        """Change what is told of a unit; it stays where it stands."""
        with transaction() as session:
            unit = _held(session, code)
            blueprint.check_etag(_unit(unit), UnitOut)
            descriptions.change_unit(session, unit, _unit_told({**given, "code": code}))
            return _unit(unit)


@blueprint.route("/units/<code>/move", methods=["POST"])
@blueprint.arguments(ParentIn)
@blueprint.response(200, UnitOut)
@permit(Permission.ADMINISTER)
def move(given: Json, code: str) -> Json:
    """Let a unit, with all below it, stand below another."""
    with transaction() as session:
        unit = _movable(session, code)
        units.move_unit(session, unit=unit, parent=_named(session, given["parent"]))
        return _unit(unit)


@blueprint.route("/units/<code>/close", methods=["POST"])
@blueprint.response(200, UnitOut)
@permit(Permission.ADMINISTER)
def close(code: str) -> Json:
    """Close a unit. Refused with everything that still needs it."""
    with transaction() as session:
        unit = _movable(session, code)
        close_unit(session, unit=unit, on=today())
        return _unit(unit)


@blueprint.route("/units/<code>/reopen", methods=["POST"])
@blueprint.response(200, UnitOut)
@permit(Permission.ADMINISTER)
def reopen(code: str) -> Json:
    """Open a closed unit again."""
    with transaction() as session:
        unit = _held(session, code)
        closing.reopen_unit(session, unit=unit)
        return _unit(unit)


@blueprint.route("/units/<code>/responsible")
class People(MethodView):
    @blueprint.response(200, ResponsibleOut(many=True))
    @permit(Permission.READ_STOCK)
    def get(self, code: str) -> Sequence[Responsible]:
        """Everybody who answers or answered for a unit, who came last first."""
        with reading() as session:
            return responsible.responsible_for(session, _reached(session, code))

    @blueprint.arguments(ResponsibleIn)
    @blueprint.response(201, ResponsibleOut)
    @permit(Permission.ADMINISTER)
    def post(self, given: Json, code: str) -> Responsible:
        """Let somebody answer for a unit."""
        with transaction() as session:
            return responsible.appoint(session, unit=_held(session, code), **given)


@blueprint.route("/units/<code>/responsible/<int:person_id>")
class OnePerson(MethodView):
    @blueprint.arguments(ResponsibleFields)
    @blueprint.response(200, ResponsibleOut)
    @permit(Permission.ADMINISTER)
    def put(self, given: Json, code: str, person_id: int) -> Responsible:
        """Correct what is told of somebody, or say through which day they serve."""
        with transaction() as session:
            person = responsible.get_responsible(session, person_id, unit=_held(session, code))
            responsible.change_responsible(session, person=person, **given)
            return person


# Beneath --------------------------------------------------------------------------------------------------------------


def _item(session: Session, item: Item) -> Json:
    return _item_line(item, barcodes.barcodes_of(session, item))


def _item_line(item: Item, marks: Mapping[str, str]) -> Json:
    plain = {name: getattr(item, name) for name in ItemFields._declared_fields if hasattr(item, name)}
    return plain | {
        "code": item.code,
        "packs": [{"word": pack.word, "size": pack.size} for pack in item.packs],
        "barcodes": [{"code": code, "word": word} for code, word in marks.items()],
        "item_class": item.item_class.code if item.item_class else None,
        "never_with": [{"hazard": other, **asdict(apart)} for other, apart in separations(item.hazard).items()],
    }


def _item_told(given: Json) -> ItemDescription:
    """What was sent. Raises InvalidInput for a word or barcode that stands there twice."""
    packs = {pack["word"]: pack["size"] for pack in given["packs"]}
    marks = {mark["code"]: mark["word"] for mark in given["barcodes"]}
    for name, found in (("packs", packs), ("barcodes", marks)):
        if len(found) != len(given[name]):
            raise InvalidInput(name, "twice", name)
    return ItemDescription(**{**given, "packs": packs, "barcodes": marks})


def _unit(unit: Unit) -> Json:
    parent = unit.parent.code if unit.parent and unit.id != me().unit_id else None
    return asdict(describe_unit(unit)) | {"parent": parent, "closed_on": unit.closed_on}


def _unit_told(given: Json) -> UnitDescription:
    return UnitDescription(**{fact.name: given[fact.name] for fact in fields(UnitDescription)})


def _named(session: Session, code: str) -> Unit:
    return choices.units(session, of_unit_id=me().unit_id).find(code)


def _reached(session: Session, code: str) -> Unit:
    return reached_unit(session, Unit.code == code, key=code, of_unit_id=me().unit_id)


def _held(session: Session, code: str) -> Unit:
    return held_unit(session, Unit.code == code, key=code, of_unit_id=me().unit_id)


def _movable(session: Session, code: str) -> Unit:
    return movable_unit(session, Unit.code == code, key=code, of_unit_id=me().unit_id)
