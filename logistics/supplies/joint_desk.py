"""What is typed where several items are shared out at once, and the terms it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from inventory.allocation import Rung
from inventory.catalogue import Item
from inventory.classes import ItemClass
from inventory.coupled import Vehicle as Room
from inventory.errors import InvalidInput
from inventory.joint import JointTerms
from inventory.policies import DEFAULT_LADDER
from logistics.fleet.models import Vehicle
from logistics.fleet.operations import kept_by
from logistics.orders.queries import coming
from logistics.supplies import choices, ladders, overview
from logistics.supplies.desk import KEEP_PACKS, policy_for_me
from logistics.supplies.forms import Typed, check, kept, pick
from logistics.supplies.overview import AskedItem
from logistics.web.context import me, today

#: What the names of the fields begin with that say how many packs of an item stay.
_KEEP = "keep-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What may be shared together: items that somebody asks for, or all those of one class, and the vehicles there are."""

    classes: Sequence[ItemClass]
    item_class: ItemClass | None
    items: Sequence[Item]
    asked: dict[int, AskedItem]
    vehicles: Sequence[Vehicle]


@dataclass(slots=True)
class JointDesk:
    """The fields of the page. `items` are the ids that are ticked, `packs` the word of each, `plates` the ticked vehicles.

    The packs of an item that stay in the store are typed as "keep-" and its id.
    """

    typed: Typed
    ladder: list[Typed]
    items: Sequence[str] = ()
    packs: dict[str, str] = field(default_factory=dict)
    plates: Sequence[str] = ()

    @property
    def rungs(self) -> list[Rung]:
        return ladders.read_rungs(self.ladder)

    def pack_of(self, item: Item) -> str:
        """As chosen, else the smallest pack that is more than a piece."""
        words = list(item.units())
        return self.packs.get(str(item.id)) or words[min(1, len(words) - 1)]


def kept_desk(form: MultiDict[str, str]) -> JointDesk:
    """The desk as it was sent."""
    return JointDesk(
        typed=kept(
            form,
            *("class", "source", "only_approved", "seen", "key"),
            *(name for name in form if name.startswith(_KEEP)),
        ),
        ladder=ladders.ladder_kept(form),
        items=form.getlist("items"),
        packs={name.removeprefix("pack-"): word for name, word in form.items() if name.startswith("pack-")},
        plates=form.getlist("vehicles"),
    )


def suggested_desk(session: Session, offered: Offered) -> JointDesk:
    """What there is of all that is offered, by the ladder in force, from the store that holds most of what is asked for most.

    What there is nothing of is not ticked, for its requisitions would be answered with nothing; in a class others may stand in.
    """
    policy = policy_for_me(session)
    most = max(offered.asked.values(), key=lambda line: line.count, default=None)
    store = overview.fullest_store(session, unit_id=me().unit_id, item_id=most.item.id) if most else None
    there = overview.can_give(session, location_id=store.id, on=today()) if store else []
    can_be_given = {line.item.id for line in there if line.quantity}
    return JointDesk(
        typed=Typed(
            {
                "class": offered.item_class.code if offered.item_class else "",
                "source": f"{store.code} {store.name}" if store else "",
            }
        ),
        ladder=ladders.ladder_typed(policy.ladder if policy else DEFAULT_LADDER),
        items=[str(item.id) for item in offered.items if offered.item_class or item.id in can_be_given],
    )


def offered_to_me(session: Session, class_code: str) -> Offered:
    """What the person may share together; of a class of which nobody asks for anything, all that is asked for."""
    asked = {line.item.id: line for line in overview.asked_items(session, unit_id=me().unit_id)}
    classes = {line.item.item_class.code: line.item.item_class for line in asked.values() if line.item.item_class}
    chosen = classes.get(class_code)
    return Offered(
        classes=[classes[code] for code in sorted(classes)],
        item_class=chosen,
        items=_items_of(session, chosen) if chosen else [line.item for line in asked.values()],
        asked={id_: line for id_, line in asked.items() if not chosen or line.item.class_id == chosen.id},
        vehicles=[] if chosen else vehicles(session),
    )


def vehicles(session: Session) -> list[Vehicle]:
    """The vehicles that are in use at the person's unit and below."""
    mine = select(Vehicle).where(Vehicle.active, kept_by(me().unit_id)).order_by(Vehicle.plate)
    return list(session.scalars(mine))


def rooms(fleet: Iterable[Vehicle]) -> list[Room]:
    """What vehicles can carry."""
    return [Room(id=one.plate, volume_ml=one.capacity_l * 1_000, weight_g=one.capacity_kg * 1_000) for one in fleet]


def read_terms(session: Session, desk: JointDesk, offered: Offered) -> JointTerms:
    """What the desk says, as `gather` takes it. Raises Unreadable, or InvalidInput where nothing is there to be chosen."""
    if desk.typed["class"] and offered.item_class is None:
        raise InvalidInput("items", "nothing-asked", desk.typed["class"][:64])
    source = desk.typed.read("source", pick(choices.stores(session, of_unit_id=me().unit_id)))
    if source is not None and source.location is None:
        desk.typed.refuse("source", _("This store holds nothing."))
    rungs = ladders.read_ladder(desk.ladder)
    packs = {item.id: desk.pack_of(item) for item in offered.items if str(item.id) in desk.items}
    if not packs:
        desk.typed.refuse("chosen", _("Tick what is to be shared out."))
    for item in offered.items:
        if item.id in packs and packs[item.id] not in item.units():
            desk.typed.refuse("chosen", _("%(item)s is not packed so. Choose again.", item=item.name))
    keep = {id_: desk.typed.read(f"{_KEEP}{id_}", lambda value: KEEP_PACKS.read(value or "0")) for id_ in packs}
    check(desk.typed, *desk.ladder)
    if source is None or source.location is None:
        raise InvalidInput("source", "empty-store", desk.typed["source"])
    policy = policy_for_me(session)
    return JointTerms(
        source_id=source.location.id,
        packs=packs,
        keep_packs={id_: count or 0 for id_, count in keep.items()},
        class_id=offered.item_class.id if offered.item_class else None,
        vehicles=rooms(one for one in offered.vehicles if one.plate in desk.plates),
        ladder=rungs,
        policy=policy if policy and list(policy.ladder) == rungs else None,
        below=me().unit_id,
        only_approved=bool(desk.typed["only_approved"]),
        coming=coming(session, item_ids=packs),
    )


def _items_of(session: Session, item_class: ItemClass) -> list[Item]:
    return list(session.scalars(select(Item).where(Item.class_id == item_class.id).order_by(Item.code)))
