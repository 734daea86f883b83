"""Items: the list, what is told of each and how it is changed, photos, classes, and what a scanned code means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from inventory import barcodes, descriptions, photos
from inventory.catalogue import Item, ItemKind, get_item
from inventory.classes import ItemClass, add_class, classes
from inventory.descriptions import ItemDescription, describe_item, version
from inventory.errors import InventoryError, NotFound
from inventory.hazards import Hazard
from logistics.accounts.permissions import Permission, permit
from logistics.catalogue import listing, operations, words
from logistics.catalogue.forms import ITEM_HEAD, PACK_LINE, item_form, place_complaint, read_item
from logistics.catalogue.operations import ChangedMeanwhile
from logistics.errors import ServiceError
from logistics.supplies.forms import Typed, Unreadable, check, kept, kept_lines, padded, text
from logistics.supplies.importing.items import ItemSheet, item_row
from logistics.web.acting import act_or_again
from logistics.web.context import reading, transaction
from logistics.web.downloads import list_of_today
from logistics.web.sentences import sentence
from logistics.workbooks.writing import table_workbook

blueprint = Blueprint("catalogue", __name__, template_folder="templates")
blueprint.add_app_template_filter(words.kept_apart, "kept_apart")

#: How many packs the form offers beyond those there are, and adds where no script can.
SPARE_PACKS = 2


# Looking --------------------------------------------------------------------------------------------------------------


@blueprint.get("/items")
@permit(Permission.READ_STOCK)
def items() -> ResponseReturnValue:
    by = request.args.get("by", "code")
    with reading() as session:
        return render_template("catalogue/items.html", lines=listing.item_lines(session, by=by), by=by)


@blueprint.get("/items.xlsx")
@permit(Permission.READ_STOCK)
def items_workbook() -> ResponseReturnValue:
    """The list under the titles of the table of items: corrected, it can be taken in again."""
    with reading() as session:
        rows = [item_row(describe_item(session, line.item)) for line in listing.item_lines(session)]
    titles = [column.title for column in ItemSheet.columns().values()]
    return list_of_today(table_workbook(_("Items"), titles, rows), _("Items"))


@blueprint.get("/items/<int:item_id>")
@permit(Permission.READ_STOCK)
def item(item_id: int) -> ResponseReturnValue:
    with reading() as session:
        return _item(session, item_id)


@blueprint.get("/items/<int:item_id>/photo")
@permit(Permission.READ_STOCK)
def photo(item_id: int) -> ResponseReturnValue:
    """The picture under the type its first bytes told, whatever was claimed of it (every answer carries `nosniff`)."""
    with reading() as session:
        found = photos.photo_of(session, item_id)
        return Response(found.content, content_type=found.kind.value)


@blueprint.get("/scan")
@permit(Permission.READ_STOCK)
def scan() -> ResponseReturnValue:
    """What a barcode or code means: JSON for the forms' script, the item's page for people."""
    code = request.args.get("code", "").strip()
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    with reading() as session:
        try:
            scanned = barcodes.scan(session, code)
        except NotFound:
            if wants_json:
                return jsonify(code=code), 404
            return render_template("catalogue/scan.html", code=code), 404 if code else 200
        if wants_json:
            return jsonify(words.scanned_as_plain(scanned))
        return redirect(url_for("catalogue.item", item_id=scanned.item.id))


# Doing ----------------------------------------------------------------------------------------------------------------


@blueprint.get("/items/new")
@permit(Permission.WRITE_STOCK)
def new_item_form() -> ResponseReturnValue:
    with reading() as session:
        return _form(session, Typed({"code": request.args.get("code", "")}), [])


@blueprint.post("/items/new")
@permit(Permission.WRITE_STOCK)
def new_item() -> ResponseReturnValue:
    head, lines = kept(request.form, *ITEM_HEAD), kept_lines(request.form, *PACK_LINE)

    def act(session: Session, told: ItemDescription) -> Item:
        return descriptions.new_item(session, told)

    return _save(head, lines, act)


@blueprint.get("/items/<int:item_id>/edit")
@permit(Permission.WRITE_STOCK)
def change_item_form(item_id: int) -> ResponseReturnValue:
    with reading() as session:
        told = describe_item(session, get_item(session, item_id))
        head, lines = item_form(told, seen=version(told))
        return _form(session, head, lines, item_id=item_id)


@blueprint.post("/items/<int:item_id>/edit")
@permit(Permission.WRITE_STOCK)
def change_item(item_id: int) -> ResponseReturnValue:
    head, lines = kept(request.form, *ITEM_HEAD), kept_lines(request.form, *PACK_LINE)

    def act(session: Session, told: ItemDescription) -> Item:
        return operations.change_item(session, item_id=item_id, told=told, seen=head["seen"])

    with reading() as session:
        head.values["code"] = get_item(session, item_id).code
    return _save(head, lines, act, item_id=item_id)


@blueprint.post("/items/<int:item_id>/photo")
@permit(Permission.WRITE_STOCK)
def set_photo(item_id: int) -> ResponseReturnValue:
    sent = request.files.get("photo")
    with closing(sent) if sent else nullcontext():
        content = sent.read() if sent else b""

    def act(session: Session) -> None:
        photos.set_photo(session, item=get_item(session, item_id), content=content)

    def done(_made: None) -> ResponseReturnValue:
        flash(_("The photo is kept."))
        return redirect(url_for("catalogue.item", item_id=item_id))

    return act_or_again(act, lambda session, said: _item(session, item_id, said=said), done)


@blueprint.post("/items/<int:item_id>/photo/remove")
@permit(Permission.WRITE_STOCK)
def remove_photo(item_id: int) -> ResponseReturnValue:
    with transaction() as session:
        photos.remove_photo(session, item=get_item(session, item_id))
    flash(_("The photo is taken away."))
    return redirect(url_for("catalogue.item", item_id=item_id))


@blueprint.get("/item-classes")
@permit(Permission.READ_STOCK)
def item_classes() -> ResponseReturnValue:
    with reading() as session:
        return _classes(session, Typed({}))


@blueprint.post("/item-classes")
@permit(Permission.WRITE_STOCK)
def new_class() -> ResponseReturnValue:
    typed = kept(request.form, "code", "name", "unit_word")

    def done(made: ItemClass) -> ResponseReturnValue:
        flash(_("Class %(name)s is there. Choose it in the form of each item that belongs to it.", name=made.name))
        return redirect(url_for("catalogue.item_classes"))

    return act_or_again(
        lambda session: _add_class(session, typed), lambda session, said: _classes(session, typed, said=said), done
    )


# Beneath --------------------------------------------------------------------------------------------------------------


def _save(
    head: Typed, lines: list[Typed], act: Callable[[Session, ItemDescription], Item], *, item_id: int | None = None
) -> ResponseReturnValue:
    """Write what was typed in one transaction and go to the item; or the form again, with what is wrong and all that was typed."""
    if "more" in request.form:
        return _form_again(head, lines, item_id=item_id)
    try:
        told = read_item(head, lines)
        with transaction() as session:
            saved = act(session, told)
    except ChangedMeanwhile as error:
        head.values["seen"] = version(error.now)
        differing = list(words.differences(error.now, told))
        return _form_again(head, lines, item_id=item_id, said=sentence(error), differing=differing), 412
    except (InventoryError, ServiceError) as error:
        place_complaint(error, head, lines)
        return _form_again(head, lines, item_id=item_id, said=sentence(error)), 422
    flash(_("%(name)s is recorded.", name=saved.name))
    return redirect(url_for("catalogue.item", item_id=saved.id))


def _form_again(
    head: Typed,
    lines: list[Typed],
    *,
    item_id: int | None,
    said: str | None = None,
    differing: Sequence[tuple[str, str]] = (),
) -> str:
    with reading() as session:
        return _form(session, head, lines, item_id=item_id, said=said, differing=differing)


def _form(
    session: Session,
    head: Typed,
    lines: list[Typed],
    *,
    item_id: int | None = None,
    said: str | None = None,
    differing: Sequence[tuple[str, str]] = (),
) -> str:
    return render_template(
        "catalogue/item_form.html",
        head=head,
        lines=padded(lines, least=SPARE_PACKS, more=SPARE_PACKS),
        item_id=item_id,
        said=said,
        differing=differing,
        kinds=list(ItemKind),
        hazards=list(Hazard),
        classes=classes(session),
    )


def _item(session: Session, item_id: int, *, said: str | None = None) -> str:
    found = get_item(session, item_id)
    same_class = listing.items_by_class(session).get(found.class_id or 0, [])
    return render_template(
        "catalogue/item.html",
        item=found,
        barcodes=barcodes.barcodes_of(session, found),
        has_photo=session.get(photos.ItemPhoto, item_id) is not None,
        others=[other for other in same_class if other is not found],
        said=said,
    )


def _classes(session: Session, typed: Typed, *, said: str | None = None) -> str:
    return render_template(
        "catalogue/classes.html",
        classes=classes(session),
        members=listing.items_by_class(session),
        typed=typed,
        said=said,
    )


def _add_class(session: Session, typed: Typed) -> ItemClass:
    code, name = typed.read("code", text(40, needed=True)), typed.read("name", text(100, needed=True))
    word = typed.read("unit_word", text(10, needed=True))
    check(typed)
    if code is None or name is None or word is None:
        raise Unreadable
    return add_class(session, code=code, name=name, unit_word=word)
