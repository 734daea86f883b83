"""Photos kept in the database: what a file is told by its first bytes, never by its name."""

from __future__ import annotations

from inventory.errors import InvalidInput

#: The most a photo may have, in bytes.
MOST_BYTES = 2 * 1024 * 1024


def media_type(content: bytes) -> str:
    """The media type of a PNG, JPEG or WebP. Raises InvalidInput: "not-a-photo", "photo-too-large" (value: the most, in bytes)."""
    if len(content) > MOST_BYTES:
        raise InvalidInput("photo", "photo-too-large", MOST_BYTES)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    raise InvalidInput("photo", "not-a-photo", len(content))
