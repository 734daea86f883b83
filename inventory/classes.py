"""Classes of interchangeable items: chlorine tablets serve instead of 84, one mask instead of another."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from inventory.base import Base, Code, Id, Name
from inventory.errors import InvalidInput, NotFound, Taken


class ItemClass(Base):
    """Items that serve one purpose (可替代类), counted in a unit of their own: litres of ready solution, masks."""

    __tablename__ = "item_class"

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Name]
    unit_word: Mapped[Code]


def add_class(session: Session, *, code: str, name: str, unit_word: str) -> ItemClass:
    """Add a class; told again in the same words it is the same one. Raises InvalidInput for an empty text, Taken for a used code."""
    for field, value in (("code", code), ("name", name), ("unit_word", unit_word)):
        if not value.strip():
            raise InvalidInput(field, "empty", value)
    known = session.scalar(select(ItemClass).where(ItemClass.code == code))
    if known is not None:
        if (known.name, known.unit_word) != (name, unit_word):
            raise Taken("item class", code)
        return known
    made = ItemClass(code=code, name=name, unit_word=unit_word)
    session.add(made)
    session.flush()
    return made


def class_by_code(session: Session, code: str) -> ItemClass:
    """The class with this code. Raises NotFound."""
    found = session.scalar(select(ItemClass).where(ItemClass.code == code))
    if found is None:
        raise NotFound("item class", code)
    return found


def classes(session: Session) -> list[ItemClass]:
    """Every class, by code."""
    return list(session.scalars(select(ItemClass).order_by(ItemClass.code)))
