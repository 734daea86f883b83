"""Equipment kept piece by piece (资产): thermometer guns and sprayers, each with its serial number, who has it, and its calibration.

What happened to a piece only grows; where it is now follows from that (`follow`) and is kept beside it in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import enum
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Integer, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from inventory.base import Actor, Base, Code, Id, Keyed, Moment, Name, Text, claim, word_enum
from inventory.catalogue import Item, ItemKind
from inventory.errors import CalibrationOverdue, InvalidInput, NotFound, Taken, WrongState
from inventory.units import Unit, subtree

#: The most pieces that are registered at once.
MOST_AT_ONCE = 500
#: Ten years: nothing is calibrated more rarely.
LONGEST_INTERVAL_DAYS = 3_650


class AssetState(enum.StrEnum):
    """Where a piece is."""

    IN_STORE = "in_store"
    HANDED_OUT = "handed_out"
    LENT = "lent"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"


class AssetAct(enum.StrEnum):
    """What can happen to a piece."""

    REGISTERED = "registered"
    HANDED_OUT = "handed_out"
    RETURNED = "returned"
    LENT = "lent"
    TAKEN_BACK = "taken_back"
    CALIBRATED = "calibrated"
    SENT_TO_REPAIR = "sent_to_repair"
    REPAIRED = "repaired"
    #: From now on it belongs to another unit.
    GIVEN_OVER = "given_over"
    RETIRED = "retired"


_IN_USE = frozenset(AssetState) - {AssetState.RETIRED}
#: From which states an act follows.
FOLLOWS = {
    AssetAct.HANDED_OUT: frozenset({AssetState.IN_STORE}),
    AssetAct.RETURNED: frozenset({AssetState.HANDED_OUT}),
    AssetAct.LENT: frozenset({AssetState.IN_STORE}),
    AssetAct.TAKEN_BACK: frozenset({AssetState.LENT}),
    AssetAct.CALIBRATED: _IN_USE,
    AssetAct.SENT_TO_REPAIR: frozenset({AssetState.IN_STORE, AssetState.HANDED_OUT, AssetState.LENT}),
    AssetAct.REPAIRED: frozenset({AssetState.IN_REPAIR}),
    AssetAct.GIVEN_OVER: frozenset({AssetState.IN_STORE}),
    AssetAct.RETIRED: _IN_USE,
}
#: Where an act leads; calibration leaves a piece where it is.
LEADS_TO = {
    AssetAct.REGISTERED: AssetState.IN_STORE,
    AssetAct.HANDED_OUT: AssetState.HANDED_OUT,
    AssetAct.RETURNED: AssetState.IN_STORE,
    AssetAct.LENT: AssetState.LENT,
    AssetAct.TAKEN_BACK: AssetState.IN_STORE,
    AssetAct.SENT_TO_REPAIR: AssetState.IN_REPAIR,
    AssetAct.REPAIRED: AssetState.IN_STORE,
    AssetAct.GIVEN_OVER: AssetState.IN_STORE,
    AssetAct.RETIRED: AssetState.RETIRED,
}
#: What nobody does with a piece whose calibration is overdue.
NEEDS_CALIBRATION = frozenset({AssetAct.HANDED_OUT, AssetAct.LENT})


class Asset(Base):
    """One piece of equipment (资产). What stands below `note` follows from its events."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("item_id", "serial"),
        CheckConstraint("interval_days > 0", name="interval_positive"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    serial: Mapped[Code]
    #: Whose it is; it comes back here.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    acquired_on: Mapped[dt.date]
    #: From one calibration to the next; None where it needs none.
    interval_days: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[Text] = mapped_column(default="")

    state: Mapped[AssetState] = mapped_column(word_enum(AssetState))
    #: The person, outside body or workshop that has it; empty where nobody was named.
    holder: Mapped[Name] = mapped_column(default="")
    #: The point or the borrower where it is.
    place_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    since: Mapped[dt.date]
    #: The day by which what is lent comes back.
    until: Mapped[dt.date | None]
    #: The last day on which its calibration holds.
    due_on: Mapped[dt.date | None] = mapped_column(index=True)

    item: Mapped[Item] = relationship()
    unit: Mapped[Unit] = relationship(foreign_keys=unit_id)
    place: Mapped[Unit | None] = relationship(foreign_keys=place_id)

    def overdue(self, on: dt.date) -> bool:
        """Whether its calibration no longer holds on a day: it may not be handed out or lent."""
        return self.state is not AssetState.RETIRED and self.due_on is not None and self.due_on < on

    def late(self, on: dt.date) -> bool:
        """Whether it was lent and should be back."""
        return self.until is not None and self.until < on


class AssetEvent(Keyed):
    """One thing that happened to a piece. Database triggers refuse to change or remove it."""

    __tablename__ = "asset_event"

    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"), index=True)
    act: Mapped[AssetAct] = mapped_column(word_enum(AssetAct))
    happened_on: Mapped[dt.date]
    holder: Mapped[Name] = mapped_column(default="")
    place_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    until: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    certificate: Mapped[Name] = mapped_column(default="")
    note: Mapped[Text] = mapped_column(default="")
    recorded_at: Mapped[Moment]
    recorded_by: Mapped[Actor]

    place: Mapped[Unit | None] = relationship()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who records something under which client key; `on` is the day in the people's zone, `at` the moment."""

    key: str
    on: dt.date
    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is told of new pieces. `due_on`: how long their calibration holds; None: one interval from the day they were acquired."""

    acquired_on: dt.date
    interval_days: int | None = None
    due_on: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an act tells; each act asks for its own.

    Handed out: `holder` or `place_id`. Lent: the same, and `until`. Calibrated: `calibrated_on` (None: the day it is recorded), `due_on`
    (None: one interval later), `certificate`. Given over: `place_id`. Retired: `note`.
    """

    holder: str = ""
    place_id: int | None = None
    until: dt.date | None = None
    calibrated_on: dt.date | None = None
    due_on: dt.date | None = None
    certificate: str = ""
    note: str = ""


# Doing ----------------------------------------------------------------------------------------------------------------


def register(
    session: Session, *, signed: Signed, item: Item, unit: Unit, serials: Sequence[str], told: Description
) -> list[Asset]:
    """Take pieces into the books, all of them or none; the same key again gives the same pieces.

    Raises InvalidInput "not-equipment", "empty", "serial-twice", "too-many-serials", "future", "interval"; Taken for a serial number
    that the item has already.
    """
    serials = [serial_number(serial) for serial in serials]
    _check_new(item, serials, told, signed.on)
    # Who registers at the same moment waits here, and then sees what the other wrote.
    session.execute(select(Item.id).where(Item.id == item.id).with_for_update(key_share=True))
    asked = {"item": item.id, "unit": unit.id, "serials": serials, "told": asdict(told)}
    return [
        _registered(session, signed, f"{signed.key}#{place}", asked, item=item, unit=unit, serial=serial, told=told)
        for place, serial in enumerate(serials)
    ]


def record(session: Session, *, signed: Signed, asset_id: int, act: AssetAct, details: Details) -> AssetEvent:
    """Record what happened to a piece; the same key again is the same event.

    Raises WrongState where the act does not follow from the present state, CalibrationOverdue where an overdue piece would be handed out
    or lent, InvalidInput "empty", "too-early" or "future" for details that are missing or cannot be.
    """
    asset = _hold(session, asset_id)
    happened_on = (details.calibrated_on if act is AssetAct.CALIBRATED else None) or signed.on
    if not _known(session, signed.key):
        _refuse(asset, act, signed.on)
        _check(act, details, happened_on, asset, signed.on)
    event, new = claim(
        session,
        AssetEvent,
        key=signed.key,
        asked={"asset": asset_id, "act": act, "details": asdict(details)},
        asset_id=asset_id,
        act=act,
        happened_on=happened_on,
        holder=details.holder,
        place_id=details.place_id,
        until=details.until if act is AssetAct.LENT else None,
        due_on=_due_on(act, details, happened_on, asset.interval_days),
        certificate=details.certificate,
        note=details.note,
        recorded_at=signed.at,
        recorded_by=signed.by,
    )
    if new:
        follow(asset, event)
        session.flush()
    return event


def follow(asset: Asset, event: AssetEvent) -> None:
    """Let a piece be where the next of its events leaves it."""
    if event.due_on is not None:
        asset.due_on = event.due_on
    if event.act is AssetAct.GIVEN_OVER and event.place is not None:
        asset.unit = event.place
    if event.act is not AssetAct.CALIBRATED:
        asset.state, asset.since = LEADS_TO[event.act], event.happened_on
        away = asset.state not in (AssetState.IN_STORE, AssetState.RETIRED)
        asset.holder, asset.place_id, asset.until = (
            (event.holder, event.place_id, event.until) if away else ("", None, None)
        )


def possible(asset: Asset, *, on: dt.date) -> list[AssetAct]:
    """What may be done with a piece on a day, in the order of its life."""
    return [
        act
        for act, states in FOLLOWS.items()
        if asset.state in states and not (act in NEEDS_CALIBRATION and asset.overdue(on))
    ]


def serial_number(text: str) -> str:
    """A serial number as it is kept: full-width digits levelled, blanks around it taken off."""
    return unicodedata.normalize("NFKC", text).strip()


# Looking --------------------------------------------------------------------------------------------------------------


def get_asset(session: Session, asset_id: int) -> Asset:
    """The piece with this id. Raises NotFound."""
    asset = session.get(Asset, asset_id)
    if asset is None:
        raise NotFound("asset", asset_id)
    return asset


def assets(
    session: Session,
    *,
    unit_id: int,
    words: str = "",
    retired: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[Asset]:
    """The pieces that belong to a unit and all below it or are there now, whose calibration is due first at the top.

    Each of the words stands in the serial number, the item, the holder or the place. `retired`: those out of use instead.
    """
    found = _seen(unit_id).where((Asset.state == AssetState.RETIRED) == retired).join(Asset.item)
    found = found.outerjoin(Asset.place)
    for word in words.split()[:8]:
        columns = (Asset.serial, Item.code, Item.name, Asset.holder, Unit.name)
        found = found.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return list(session.scalars(found.limit(limit).offset(offset)))


def due(session: Session, *, unit_id: int, on: dt.date, within_days: int) -> list[Asset]:
    """The pieces in use whose calibration is overdue on a day or ends within so many days, the longest overdue first."""
    last = on + dt.timedelta(days=within_days)
    return list(session.scalars(_seen(unit_id).where(Asset.state != AssetState.RETIRED, Asset.due_on <= last)))


def late(session: Session, *, unit_id: int, on: dt.date) -> list[Asset]:
    """The pieces that were lent and should be back before a day, the longest awaited first."""
    awaited = _seen(unit_id).where(Asset.until < on).order_by(None).order_by(Asset.until, Asset.id)
    return list(session.scalars(awaited))


def history(session: Session, asset_id: int) -> list[AssetEvent]:
    """All that happened to a piece, newest first."""
    events = select(AssetEvent).where(AssetEvent.asset_id == asset_id).order_by(AssetEvent.id.desc())
    return list(session.scalars(events.options(joinedload(AssetEvent.place))))


def seen_from(unit_id: int) -> ColumnElement[bool]:
    """Whether a piece belongs to a unit or one below it, or is there now."""
    units = subtree(unit_id)
    return or_(Asset.unit_id.in_(units), Asset.place_id.in_(units))


# Beneath --------------------------------------------------------------------------------------------------------------


def _seen(unit_id: int) -> Select[Asset]:
    whole = (joinedload(Asset.item), joinedload(Asset.unit), joinedload(Asset.place))
    by_due = (Asset.due_on.is_(None), Asset.due_on, Asset.id)
    return select(Asset).where(seen_from(unit_id)).order_by(*by_due).options(*whole)


def _check_new(item: Item, serials: Sequence[str], told: Description, on: dt.date) -> None:
    if item.kind is not ItemKind.EQUIPMENT:
        raise InvalidInput("item", "not-equipment", item.name)
    if not serials or "" in serials:
        raise InvalidInput("serials", "empty", "")
    if len(serials) > MOST_AT_ONCE:
        raise InvalidInput("serials", "too-many-serials", MOST_AT_ONCE)
    for place, serial in enumerate(serials):
        if serial in serials[:place]:
            raise InvalidInput("serials", "serial-twice", serial)
    if told.acquired_on > on:
        raise InvalidInput("acquired_on", "future", told.acquired_on)
    if told.interval_days is not None and not 0 < told.interval_days <= LONGEST_INTERVAL_DAYS:
        raise InvalidInput("interval_days", "interval", told.interval_days)


def _registered(
    session: Session, signed: Signed, key: str, asked: object, *, item: Item, unit: Unit, serial: str, told: Description
) -> Asset:
    known = session.scalar(select(AssetEvent.asset_id).where(AssetEvent.key == key))
    asset = get_asset(session, known) if known is not None else _new(session, item, unit, serial, told)
    event, new = claim(
        session,
        AssetEvent,
        key=key,
        asked=asked,
        asset_id=asset.id,
        act=AssetAct.REGISTERED,
        happened_on=told.acquired_on,
        due_on=told.due_on or _later(told.acquired_on, told.interval_days),
        note=told.note,
        recorded_at=signed.at,
        recorded_by=signed.by,
    )
    if new:
        follow(asset, event)
        session.flush()
    return asset


def _new(session: Session, item: Item, unit: Unit, serial: str, told: Description) -> Asset:
    if session.scalar(select(Asset.id).where(Asset.item_id == item.id, Asset.serial == serial)) is not None:
        raise Taken("asset", serial)
    asset = Asset(
        item=item,
        serial=serial,
        unit=unit,
        acquired_on=told.acquired_on,
        interval_days=told.interval_days,
        note=told.note,
        state=AssetState.IN_STORE,
        since=told.acquired_on,
    )
    session.add(asset)
    session.flush()
    return asset


def _hold(session: Session, asset_id: int) -> Asset:
    """The piece, held until the transaction ends: of two who hand it out at once the second finds it gone."""
    held = select(Asset).where(Asset.id == asset_id).with_for_update()
    asset = session.scalar(held.execution_options(populate_existing=True))
    if asset is None:
        raise NotFound("asset", asset_id)
    return asset


def _known(session: Session, key: str) -> bool:
    return session.scalar(select(AssetEvent.id).where(AssetEvent.key == key)) is not None


def _refuse(asset: Asset, act: AssetAct, on: dt.date) -> None:
    if asset.state not in FOLLOWS.get(act, frozenset()):
        raise WrongState("asset", asset.serial, asset.state)
    if act in NEEDS_CALIBRATION and asset.overdue(on) and asset.due_on is not None:
        raise CalibrationOverdue(serial=asset.serial, due_on=asset.due_on)


def _check(act: AssetAct, details: Details, happened_on: dt.date, asset: Asset, on: dt.date) -> None:
    match act:
        case AssetAct.HANDED_OUT | AssetAct.LENT if not details.holder.strip() and details.place_id is None:
            raise InvalidInput("holder", "empty", details.holder)
        case AssetAct.LENT if details.until is None:
            raise InvalidInput("until", "empty", "")
        case AssetAct.LENT if details.until is not None and details.until < on:
            raise InvalidInput("until", "too-early", details.until)
        case AssetAct.CALIBRATED if happened_on > on:
            raise InvalidInput("calibrated_on", "future", happened_on)
        case AssetAct.CALIBRATED if details.due_on is None and asset.interval_days is None:
            raise InvalidInput("due_on", "empty", "")
        case AssetAct.CALIBRATED if details.due_on is not None and details.due_on < happened_on:
            raise InvalidInput("due_on", "too-early", details.due_on)
        case AssetAct.GIVEN_OVER if details.place_id is None:
            raise InvalidInput("place", "empty", "")
        case AssetAct.GIVEN_OVER if details.place_id == asset.unit_id:
            raise InvalidInput("place", "same-as-source", asset.unit.name)
        case AssetAct.RETIRED if not details.note.strip():
            raise InvalidInput("note", "empty", details.note)


def _due_on(act: AssetAct, details: Details, happened_on: dt.date, interval_days: int | None) -> dt.date | None:
    if act is not AssetAct.CALIBRATED:
        return None
    return details.due_on or _later(happened_on, interval_days)


def _later(day: dt.date, days: int | None) -> dt.date | None:
    return None if days is None else day + dt.timedelta(days=days)
