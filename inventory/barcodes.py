"""Barcodes: what a hand scanner types, and which item and pack it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Base, Code, Id
from inventory.catalogue import Item, Pack, unit_word
from inventory.errors import InvalidInput, NotFound, Taken

_BARCODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.\-]{3,47}")
#: A trade number of 8 to 13 digits is the same with zeros in front, up to the 14 of a case.
_LONGEST_TRADE_NUMBER = 14


class ItemBarcode(Base):
    """A code printed on a piece or on one of its packs. An item may bear several; each means one thing."""

    __tablename__ = "item_barcode"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    #: None where it stands on a single piece.
    pack_id: Mapped[int | None] = mapped_column(ForeignKey("pack.id"), index=True)

    item: Mapped[Item] = relationship()
    pack: Mapped[Pack | None] = relationship(lazy="joined")

    @property
    def word(self) -> str:
        """The unit word of what it stands on."""
        return self.pack.word if self.pack else self.item.base_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What a code means: an item, and the unit word of the piece or pack that bears it."""

    item: Item
    word: str


def scan(session: Session, code: str) -> Scanned:
    """What a scanned barcode, or an item's own code, means. Raises NotFound."""
    plain = unicodedata.normalize("NFKC", code).strip()
    found = session.scalar(select(ItemBarcode).where(ItemBarcode.code.in_(_spellings(plain))).order_by(ItemBarcode.id))
    if found is not None:
        return Scanned(item=found.item, word=found.word)
    item = session.scalar(select(Item).where(Item.code == plain))
    if item is None:
        raise NotFound("barcode", code.strip())
    return Scanned(item=item, word=item.base_unit)


def barcodes_of(session: Session, item: Item) -> dict[str, str]:
    """The barcodes of an item with the unit word of what each stands on, in their order."""
    found = session.scalars(select(ItemBarcode).where(ItemBarcode.item_id == item.id).order_by(ItemBarcode.code))
    return {barcode.code: barcode.word for barcode in found}


def set_barcodes(session: Session, *, item: Item, barcodes: Mapping[str, str]) -> None:
    """Let these be all the barcodes of an item: code → unit word.

    Raises InvalidInput "not-a-barcode" or "unknown-unit", Taken where another item bears the code.
    """
    packs = {pack.word: pack for pack in item.packs}
    wanted = {barcode(code): unit_word(word) for code, word in barcodes.items()}
    if unknown := [word for word in wanted.values() if word not in item.units()]:
        raise InvalidInput("barcode", "unknown-unit", tuple(item.units()) or unknown)
    _refuse_taken(session, item, wanted)
    known = {b.code: b for b in session.scalars(select(ItemBarcode).where(ItemBarcode.item_id == item.id))}
    for code in known.keys() - wanted.keys():
        session.delete(known[code])
    for code, word in wanted.items():
        mark = known.get(code) or ItemBarcode(code=code, item=item)
        mark.pack = packs.get(word)
        session.add(mark)
    session.flush()


def barcode(text: str) -> str:
    """A barcode as it is kept. Raises InvalidInput "not-a-barcode"."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _BARCODE.fullmatch(plain):
        raise InvalidInput("barcode", "not-a-barcode", text.strip()[:40])
    return plain


def same_for(code: str) -> str:
    """A text equal for all spellings of one barcode."""
    return code.zfill(_LONGEST_TRADE_NUMBER) if _is_trade_number(code) else code


def _refuse_taken(session: Session, item: Item, wanted: Mapping[str, str]) -> None:
    spellings = {spelling for code in wanted for spelling in _spellings(code)}
    others = select(ItemBarcode.code).where(ItemBarcode.code.in_(spellings), ItemBarcode.item_id != item.id)
    taken = session.scalar(others.order_by(ItemBarcode.code))
    if taken is not None:
        raise Taken("barcode", taken)


def _spellings(code: str) -> set[str]:
    """The ways scanners type one number: a 12-digit code comes as 13 or 14 digits too, with zeros in front."""
    if not _is_trade_number(code):
        return {code}
    short = code.lstrip("0")
    return {short.zfill(length) for length in range(max(8, len(short)), _LONGEST_TRADE_NUMBER + 1)}


def _is_trade_number(code: str) -> bool:
    return code.isascii() and code.isdecimal() and 8 <= len(code) <= _LONGEST_TRADE_NUMBER
