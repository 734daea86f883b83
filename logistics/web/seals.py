"""What a form or a program carries there and back, sealed so that nobody changes it on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from typing import Any

from logistics.web.context import settings


class BrokenSeal(Exception):
    """Not what was sealed here for this purpose."""


def seal(content: Any, *, purpose: str) -> str:
    """JSON content as a text that can stand in a form."""
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(content, ensure_ascii=False).encode())).decode()
    return f"{packed}.{_signature(packed, purpose)}"


def unseal(sealed: str, *, purpose: str) -> Any:
    """The content again. Raises BrokenSeal."""
    packed, _dot, signature = sealed.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(packed, purpose).encode()):
        raise BrokenSeal(purpose)
    return json.loads(zlib.decompress(base64.urlsafe_b64decode(packed)))


def _signature(packed: str, purpose: str) -> str:
    key = f"{purpose}:{settings().secret_key}".encode()
    return hmac.new(key, packed.encode(), hashlib.sha256).hexdigest()
