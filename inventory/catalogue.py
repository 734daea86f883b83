"""What is kept: items, their packs and the words people use for units, and lots with their expiry."""

from __future__ import annotations

import datetime as dt
import enum
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Integer, UniqueConstraint, and_, or_, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Base, Code, Id, Name, Quantity, insert_all, upsert, word_enum
from inventory.classes import ItemClass
from inventory.errors import InvalidInput, NotFound
from inventory.hazards import Hazard

#: Other words for the same measure, after width and case are levelled. Counting words (件, 片, 台…) mean what the item says they mean.
SAME_WORD = {
    "kg": "公斤",
    "千克": "公斤",
    "g": "克",
    "公克": "克",
    "l": "升",
    "公升": "升",
    "立升": "升",
    "ml": "毫升",
    "cc": "毫升",
}
LARGEST_QUANTITY = 10**12
#: Milligrams of product in one of a measure. A millilitre is taken to weigh a gram.
MEASURES_MG = {"克": 1_000, "公斤": 1_000_000, "毫升": 1_000, "升": 1_000_000}
#: All of a kilogram: no label shows a higher concentration.
PURE_MG_PER_KG = 1_000_000


class ItemKind(enum.StrEnum):
    """What an item is for."""

    PROTECTION = "protection"
    DISINFECTANT = "disinfectant"
    ALCOHOL = "alcohol"
    EQUIPMENT = "equipment"
    MEDICINE = "medicine"
    RELIEF = "relief"
    CIGARETTES = "cigarettes"
    OTHER = "other"


#: What an item is taken to be as long as nobody says otherwise: rather too careful than not.
USUAL_HAZARD = {
    ItemKind.DISINFECTANT: Hazard.CHLORINE,
    ItemKind.ALCOHOL: Hazard.FLAMMABLE,
    ItemKind.RELIEF: Hazard.FOOD,
}


class Item(Base):
    """A kind of supply (物资). Quantities everywhere are whole numbers of its base unit."""

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("weight_mg >= 0 AND volume_ul >= 0", name="load_not_negative"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life_positive"),
        CheckConstraint("class_numerator > 0 AND class_denominator > 0", name="class_units_positive"),
    )

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    kind: Mapped[ItemKind] = mapped_column(word_enum(ItemKind), default=ItemKind.OTHER)
    base_unit: Mapped[str] = mapped_column(default="只")
    #: What one base unit weighs (milligrams) and takes of a vehicle (microlitres): whole numbers even for a gram of powder.
    weight_mg: Mapped[int] = mapped_column(Integer, default=0)
    volume_ul: Mapped[int] = mapped_column(Integer, default=0)
    #: What a disinfectant's label says of its active ingredient: 5 % are 50,000. None for everything else.
    active_mg_per_kg: Mapped[int | None] = mapped_column(Integer)

    hazard: Mapped[Hazard] = mapped_column(word_enum(Hazard), default=Hazard.NONE)
    #: From the day it was made; None where it does not age.
    shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("item_class.id"), index=True)
    class_numerator: Mapped[Quantity] = mapped_column(default=1)
    class_denominator: Mapped[Quantity] = mapped_column(default=1)

    packs: Mapped[list[Pack]] = relationship(
        back_populates="item", order_by="Pack.size", lazy="selectin", cascade="all, delete-orphan"
    )
    item_class: Mapped[ItemClass | None] = relationship(lazy="selectin")

    @property
    def class_units(self) -> Fraction:
        """How many units of its class one base unit counts for: a gram of 84 makes a tenth of a litre of solution."""
        return Fraction(self.class_numerator, self.class_denominator)

    def units(self) -> dict[str, int]:
        """Every unit word of the item with its size in base units, smallest first."""
        return {self.base_unit: 1} | {pack.word: pack.size for pack in self.packs}


class Pack(Base):
    """A package of an item (包装): so many base units under one word."""

    __tablename__ = "pack"
    __table_args__ = (UniqueConstraint("item_id", "word"), CheckConstraint("size > 1", name="size_above_one"))

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    word: Mapped[str]
    size: Mapped[Quantity]

    item: Mapped[Item] = relationship(back_populates="packs")


class LotStatus(enum.StrEnum):
    """Whether a lot may be used at all. Why, by whom and since when stands in `inventory.lots`, which alone changes it."""

    USABLE = "usable"
    QUARANTINED = "quarantined"
    RECALLED = "recalled"


class Lot(Base):
    """Pieces of one item with the same origin and the same expiry (批次)."""

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("item_id", "code"),)

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    code: Mapped[Code]
    #: Usable through this day; None where the label shows none.
    expires_on: Mapped[dt.date | None]
    status: Mapped[LotStatus] = mapped_column(word_enum(LotStatus), default=LotStatus.USABLE)

    item: Mapped[Item] = relationship()


def add_item(
    session: Session,
    *,
    code: str,
    name: str,
    kind: ItemKind,
    base_unit: str,
    packs: Iterable[tuple[str, int]] = (),
    weight_mg: int = 0,
    volume_ul: int = 0,
    hazard: Hazard | None = None,
    active_mg_per_kg: int | None = None,
) -> Item:
    """Add an item with its packs given as (word, base units). Raises InvalidInput for a pack no larger than one."""
    item = Item(
        code=code,
        name=name,
        kind=kind,
        base_unit=unit_word(base_unit),
        weight_mg=weight_mg,
        volume_ul=volume_ul,
        hazard=usual_hazard(kind) if hazard is None else hazard,
        active_mg_per_kg=active_mg_per_kg,
    )
    for word, size in packs:
        if size <= 1:
            raise InvalidInput("pack", "not-above-one", f"{word} {size}")
        item.packs.append(Pack(word=unit_word(word), size=size))
    session.add(item)
    session.flush()
    return item


def usual_hazard(kind: ItemKind) -> Hazard:
    """What items of this kind are taken to be."""
    return USUAL_HAZARD.get(kind, Hazard.NONE)


def item_by_code(session: Session, code: str) -> Item:
    """The item with this code. Raises NotFound."""
    item = session.scalar(select(Item).where(Item.code == code))
    if item is None:
        raise NotFound("item", code)
    return item


def get_item(session: Session, item_id: int) -> Item:
    """The item with this id. Raises NotFound."""
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound("item", item_id)
    return item


def lot_for(session: Session, *, item: Item, code: str, expires_on: dt.date | None) -> Lot:
    """The lot of this code, made if new. Raises InvalidInput where the code is known with another expiry."""
    lot = session.scalar(select(Lot).where(Lot.item_id == item.id, Lot.code == code))
    if lot is None:
        lot = Lot(item=item, code=code, expires_on=expires_on)
        session.add(lot)
        session.flush()
    elif lot.expires_on != expires_on:
        raise InvalidInput("expires_on", "differs-from-lot", lot.expires_on)
    return lot


def lots_for(session: Session, *, wanted: Mapping[tuple[int, str], dt.date | None]) -> dict[tuple[int, str], Lot]:
    """Many lots at once: (item id, code) → expiry; those that are new are made.

    Raises InvalidInput where a code is known with another expiry.
    """
    session.flush()
    rows = [
        {"item_id": item, "code": code, "expires_on": day}
        for (item, code), day in sorted(wanted.items(), key=lambda pair: pair[0])
    ]
    insert_all(session, upsert(session, Lot).on_conflict_do_nothing(index_elements=[Lot.item_id, Lot.code]), rows)
    lots = known_lots(session, wanted)
    for key, expires_on in wanted.items():
        if lots[key].expires_on != expires_on:
            raise InvalidInput("expires_on", "differs-from-lot", lots[key].expires_on)
    return lots


def known_lots(session: Session, keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    """Which of these lots, named by item id and code, there are."""
    wanted = sorted(keys)
    found: dict[tuple[int, str], Lot] = {}
    for start in range(0, len(wanted), 500):
        some = tuple_(Lot.item_id, Lot.code).in_(wanted[start : start + 500])
        found |= {(lot.item_id, lot.code): lot for lot in session.scalars(select(Lot).where(some))}
    return found


def refuse_expired(expires_on: dt.date | None, *, came_on: dt.date) -> None:
    """Raises InvalidInput "expired" for goods that had expired before they came."""
    if expires_on is not None and expires_on < came_on:
        raise InvalidInput("expires_on", "expired", expires_on)


def usable_on(lot: Lot, day: dt.date) -> bool:
    """The one rule of use: a lot serves through its printed day, and only while nobody has blocked it."""
    return lot.status is LotStatus.USABLE and (lot.expires_on is None or lot.expires_on >= day)


def lot_usable(day: dt.date) -> ColumnElement[bool]:
    """`usable_on` for a query over lots."""
    return and_(Lot.status == LotStatus.USABLE, or_(Lot.expires_on.is_(None), Lot.expires_on >= day))


def unit_word(text: str) -> str:
    """The word under which a unit is kept: width and case levelled, synonyms folded (千克, kg → 公斤)."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return SAME_WORD.get(plain, plain)


def base_quantity(item: Item, amount: Decimal | int | str, word: str) -> int:
    """Whole base units in so many packs: 2.5 公斤 of an item kept in grams is 2500.

    Raises InvalidInput: "unknown-unit" (value: the words the item knows), "not-a-number", "not-positive", "fraction" (the amount is
    not a whole number of base units), "too-large".
    """
    size = _size(item, word)
    try:
        exact = Decimal(amount) * size
    except InvalidOperation:
        raise InvalidInput("quantity", "not-a-number", amount) from None
    if not exact.is_finite():
        raise InvalidInput("quantity", "not-a-number", amount)
    if exact <= 0:
        raise InvalidInput("quantity", "not-positive", amount)
    if exact > LARGEST_QUANTITY:
        raise InvalidInput("quantity", "too-large", amount)
    if exact != exact.to_integral_value():
        raise InvalidInput("quantity", "fraction", amount)
    return int(exact)


def exact_quantity(item: Item, amount: Fraction, word: str) -> Fraction:
    """Base units in so many packs, not rounded: half a 盒 of 25 is 25/2.

    Raises InvalidInput "unknown-unit", "not-positive", "too-large".
    """
    exact = amount * _size(item, word)
    if exact <= 0:
        raise InvalidInput("quantity", "not-positive", amount)
    if max(exact.numerator, exact.denominator) > LARGEST_QUANTITY:
        raise InvalidInput("quantity", "too-large", amount)
    return exact


def content_mg(item: Item) -> int:
    """Milligrams of product in one base unit: by its measure, else by what a piece weighs. Raises InvalidInput "no-weight"."""
    content = MEASURES_MG.get(item.base_unit, item.weight_mg)
    if content <= 0:
        raise InvalidInput("item", "no-weight", item.name)
    return content


def _size(item: Item, word: str) -> int:
    units = item.units()
    if word.strip() in units:
        return units[word.strip()]
    try:
        return units[unit_word(word)]
    except KeyError:
        raise InvalidInput("unit", "unknown-unit", tuple(units)) from None


def in_packs(item: Item, quantity: int) -> list[tuple[int, str]]:
    """A quantity as people say it, largest pack first: 14,030 masks are 7 箱 and 30 只."""
    said: list[tuple[int, str]] = []
    rest = abs(quantity)
    for word, size in sorted(item.units().items(), key=lambda unit: -unit[1]):
        count, rest = divmod(rest, size)
        if count:
            said.append((count, word))
    return said or [(0, item.base_unit)]


def in_one_word(item: Item, quantity: int) -> tuple[int, str]:
    """A quantity in one unit word, the largest in which it is a whole number: 6,000 masks are 3 箱, 6,030 are 6,030 只."""
    fitting = ((size, word) for word, size in item.units().items() if quantity and quantity % size == 0)
    size, word = max(fitting, default=(1, item.base_unit))
    return quantity // size, word
