"""What is typed at the allocation desk, and the terms it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from inventory.allocation import Rung
from inventory.catalogue import Item
from inventory.errors import InvalidInput, NotFound
from inventory.overrides import Override
from inventory.places import StockLocation
from inventory.policies import DEFAULT_LADDER, Policy, policy_in_force
from inventory.requisitions import Requisition, open_requisitions
from inventory.sharing import Terms
from logistics.accounts.permissions import Permission
from logistics.orders.queries import coming
from logistics.supplies import choices, ladders, overview
from logistics.supplies.choices import Choice, Choices
from logistics.supplies.forms import Typed, check, kept, kept_lines, padded, pick, text
from logistics.web.context import me, today
from logistics.workbooks.columns import WholeNumber

#: Rows the form offers for closed ways and for overrides.
ROWS = 2
KEEP_PACKS = WholeNumber("keep", minimum=0)
_PACKS = WholeNumber("packs", minimum=1)


@dataclass(slots=True)
class Desk:
    """The fields of the desk. `others` are the codes of further stores that give."""

    typed: Typed
    ladder: list[Typed]
    others: Sequence[str] = ()
    closed: Sequence[Typed] = ()
    overrides: Sequence[Typed] = ()

    @property
    def rungs(self) -> list[Rung]:
        return ladders.read_rungs(self.ladder)

    @property
    def open_details(self) -> bool:
        """Whether something beyond the usual stands in the form."""
        return bool(self.others or self.closed or self.overrides or self.typed["only_approved"])

    @property
    def rows_closed(self) -> list[Typed]:
        return padded(self.closed, least=ROWS)

    @property
    def rows_of_overrides(self) -> list[Typed]:
        return padded(self.overrides, least=ROWS)


def kept_desk(form: MultiDict[str, str]) -> Desk:
    """The desk as it was sent."""
    overrides = kept_lines(form, "over_point", "over_packs", "over_reason", "over_when")
    return Desk(
        typed=kept(form, "item", "source", "pack", "keep", "only_approved", "seen", "key"),
        ladder=ladders.ladder_kept(form),
        others=form.getlist("others"),
        closed=kept_lines(form, "closed_store", "closed_unit"),
        overrides=[line for line in overrides if line["over_point"] or line["over_packs"] or line["over_reason"]],
    )


def suggested_desk(session: Session, *, item: str | None) -> Desk:
    """The item asked for in the address, else the one most points ask for, from the store that holds most of it."""
    policy = policy_for_me(session)
    ladder = ladders.ladder_typed(policy.ladder if policy else DEFAULT_LADDER)
    asked = overview.asked_items(session, unit_id=me().unit_id)
    wanted = [line for line in asked if str(line.item.id) == item]
    chosen = next(iter(wanted or sorted(asked, key=lambda line: -line.count)), None)
    if chosen is None:
        return Desk(typed=Typed({"keep": "0"}), ladder=ladder)
    store = overview.fullest_store(session, unit_id=me().unit_id, item_id=chosen.item.id)
    packs = list(chosen.item.units())
    typed = {
        "item": str(chosen.item.id),
        "source": f"{store.code} {store.name}" if store else "",
        "pack": packs[1] if len(packs) > 1 else packs[0],
        "keep": "0",
    }
    return Desk(typed=Typed(typed), ladder=ladder)


def policy_for_me(session: Session) -> Policy | None:
    """The policy that holds today for the unit of the person asking."""
    return policy_in_force(session, unit_id=me().unit_id, on=today())


def points_of(session: Session, item_id: int) -> Choices[Requisition]:
    """Who asks for an item below the person's unit, by the number of the requisition and the unit's name."""
    asked = open_requisitions(session, item_ids=[item_id], below=me().unit_id)
    return Choices("requisition", [Choice.of(r.number, r.unit.name, r) for r in asked])


def read_terms(session: Session, desk: Desk) -> Terms:
    """What the desk says, as `propose` and `decide` take it. Raises Unreadable, or InvalidInput where nothing is asked."""
    asked = {str(line.item.id): line.item for line in overview.asked_items(session, unit_id=me().unit_id)}
    typed = desk.typed
    if typed["item"] not in asked:
        raise InvalidInput("item", "nothing-asked", typed["item"])
    item = asked[typed["item"]]
    stores = choices.stores(session, of_unit_id=me().unit_id)
    source = typed.read("source", pick(stores))
    keep = typed.read("keep", lambda value: KEEP_PACKS.read(value or "0"))
    if typed["pack"] not in item.units():
        typed.refuse("pack", _("%(item)s is not packed so. Choose again.", item=item.name))
    rungs = ladders.read_ladder(desk.ladder)
    closed = [_closed_way(session, line, stores) for line in desk.closed]
    overrides = _overrides(session, desk, item)
    check(typed, *desk.ladder, *desk.closed, *desk.overrides)
    if source is None or source.location is None:
        raise InvalidInput("source", "empty-store", typed["source"])
    policy = policy_for_me(session)
    return Terms(
        item_id=item.id,
        source_id=source.location.id,
        pack_word=typed["pack"],
        ladder=rungs,
        policy=policy if policy and list(policy.ladder) == rungs else None,
        keep_packs=keep or 0,
        below=me().unit_id,
        other_source_ids=[place.id for place in _others(desk, stores)],
        closed=[way for way in closed if way],
        overrides=overrides,
        only_approved=bool(typed["only_approved"]),
        coming=coming(session, item_ids=[item.id]),
    )


def _others(desk: Desk, stores: Choices[choices.StoreOf]) -> list[StockLocation]:
    return [place for code in desk.others if (place := stores.find(code).location) is not None]


def _closed_way(session: Session, line: Typed, stores: Choices[choices.StoreOf]) -> tuple[int, int] | None:
    store = line.read("closed_store", pick(stores))
    unit = line.read("closed_unit", pick(choices.units(session, of_unit_id=me().unit_id)))
    if store is None or unit is None:
        return None
    if store.location is None:
        line.refuse("closed_store", _("This store holds nothing."))
        return None
    return store.location.id, unit.id


def _overrides(session: Session, desk: Desk, item: Item) -> list[Override]:
    """What the person signs for. Raises NotFound for one who may not sign: the form does not offer it to them."""
    if desk.overrides and not me().may(Permission.APPROVE):
        raise NotFound("override", desk.overrides[0]["over_point"])
    points = points_of(session, item.id) if desk.overrides else Choices[Requisition]("requisition", [])
    found = []
    for line in desk.overrides:
        asked = line.read("over_point", pick(points))
        packs = line.read("over_packs", _PACKS.read)
        reason = line.read("over_reason", text(500, needed=True))
        if asked is not None and packs and reason:
            found.append(
                Override(
                    point=asked.number,
                    packs=packs,
                    reason=reason,
                    signer=me().sign_in_name,
                    first=line["over_when"] != "after",
                )
            )
    return found
