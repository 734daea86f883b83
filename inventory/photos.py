"""Photos, kept in the database as they came and known by their first bytes; and that of an item, so that nobody takes the wrong box."""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, Session, mapped_column

from inventory.base import Base, word_enum
from inventory.catalogue import Item
from inventory.errors import NotFound, UnfitPicture

LARGEST_BYTES = 2 * 1024 * 1024


class PictureKind(enum.StrEnum):
    """The kinds of picture kept, each by its media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


class ItemPhoto(Base):
    """The picture of an item. In a table of its own, so that lists of items do not carry it."""

    __tablename__ = "item_photo"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    kind: Mapped[PictureKind] = mapped_column(word_enum(PictureKind))
    content: Mapped[bytes] = mapped_column(LargeBinary)


def set_photo(session: Session, *, item: Item, content: bytes) -> ItemPhoto:
    """Let this be the photo of an item. Raises UnfitPicture."""
    kind = picture_kind(content)
    photo = session.get(ItemPhoto, item.id) or ItemPhoto(item_id=item.id)
    photo.kind, photo.content = kind, content
    session.add(photo)
    session.flush()
    return photo


def remove_photo(session: Session, *, item: Item) -> None:
    """Take the photo of an item away; there may be none."""
    photo = session.get(ItemPhoto, item.id)
    if photo is not None:
        session.delete(photo)
        session.flush()


def photo_of(session: Session, item_id: int) -> ItemPhoto:
    """The photo of an item. Raises NotFound."""
    photo = session.get(ItemPhoto, item_id)
    if photo is None:
        raise NotFound("photo", item_id)
    return photo


def picture_kind(content: bytes) -> PictureKind:
    """What the first bytes say, whatever the file is called. Raises UnfitPicture "not-a-picture" or "photo-too-large"."""
    if len(content) > LARGEST_BYTES:
        raise UnfitPicture("photo", "photo-too-large", LARGEST_BYTES)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return PictureKind.JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return PictureKind.WEBP
    raise UnfitPicture("photo", "not-a-picture", LARGEST_BYTES)
