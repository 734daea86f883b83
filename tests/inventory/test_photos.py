"""Photos are known by their first bytes, not by their names."""

import pytest

from inventory.errors import NotFound, UnfitPicture
from inventory.photos import LARGEST_BYTES, PictureKind, photo_of, picture_kind, remove_photo, set_photo
from logistics.db import Database
from tests.county import County

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
WEBP = b"RIFF\x64\x00\x00\x00WEBPVP8 " + bytes(100)


def test_three_kinds_of_picture_are_known() -> None:
    assert [picture_kind(content) for content in (PNG, JPEG, WEBP)] == [
        PictureKind.PNG,
        PictureKind.JPEG,
        PictureKind.WEBP,
    ]


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a", b"RIFF\x00\x00\x00\x00WAVE", b"%PDF-1.7"]
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(UnfitPicture) as refused:
        picture_kind(content)
    assert refused.value.problem == "not-a-picture"


def test_two_megabytes_are_enough() -> None:
    assert picture_kind(PNG.ljust(LARGEST_BYTES, b"\0")) is PictureKind.PNG
    with pytest.raises(UnfitPicture) as refused:
        picture_kind(PNG.ljust(LARGEST_BYTES + 1, b"\0"))
    assert refused.value.problem == "photo-too-large"


def test_an_item_has_one_photo(database: Database, county: County) -> None:
    with database.transaction() as session:
        masks = session.merge(county.masks)
        set_photo(session, item=masks, content=PNG)
        set_photo(session, item=masks, content=JPEG)
        assert (photo_of(session, masks.id).kind, photo_of(session, masks.id).content) == (PictureKind.JPEG, JPEG)
        remove_photo(session, item=masks)
        remove_photo(session, item=masks)
        with pytest.raises(NotFound):
            photo_of(session, masks.id)
