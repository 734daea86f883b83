"""A person's visits to a running service, timed: pages read and documents written over HTTP, as a browser or a program sends them."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

PATIENCE_S = 120
PERCENTILES = (50, 95, 100)


class Refused(Exception):
    """The service did not do what was asked of it; the text is its answer, `title` the kind of problem that the API named."""

    def __init__(self, path: str, status: int, answer: bytes) -> None:
        super().__init__(f"{path}: {status} {answer[:300]!r}")
        self.title = _title(answer)


class Visitor:
    """One session of one person."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._token = ""

    def sign_in(self, name: str, password: str) -> None:
        """Raises Refused."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.read("/sign-in").decode())
        form = {"csrf_token": found[1] if found else "", "name": name, "password": password}
        self._send("/sign-in", urllib.parse.urlencode(form).encode(), {})
        self._token = json.loads(self.read("/api/v1/me"))["csrf_token"]

    def read(self, path: str) -> bytes:
        """A page, whole. Raises Refused."""
        return self._send(path, None, {})

    def write(self, path: str, content: Mapping[str, Any]) -> bytes:
        """JSON to the API. Raises Refused."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token}
        return self._send(path, json.dumps(content).encode(), headers)

    def upload(self, path: str, content: bytes, *, answer: int = HTTPStatus.OK) -> bytes:
        """A workbook to a form; the page that comes of it. Raises Refused where the answer is another."""
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="bench.xlsx"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "X-CSRFToken": self._token}
        return self._send(path, body, headers, answer)

    def _send(self, path: str, body: bytes | None, headers: Mapping[str, str], expected: int | None = None) -> bytes:
        request = urllib.request.Request(self._address + path, data=body, headers=dict(headers))  # noqa: S310  # our own server
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as answer:
                content: bytes = answer.read()
        except urllib.error.HTTPError as error:
            refusal: bytes = error.read()
            if error.code == expected:
                return refusal
            raise Refused(path, error.code, refusal) from error
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """How long each of several visits of one kind took, in milliseconds, and how large an answer was in the middle, in bytes."""

    what: str
    took_ms: Sequence[float]
    size: int

    def percentile(self, percent: int) -> float:
        """The time within which so many per cent of the visits were answered."""
        ordered = sorted(self.took_ms)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def timed(what: str, visits: Sequence[Callable[[], bytes]]) -> Timed:
    """One after another; the first is not counted, since it may find everything cold."""
    visits[0]()
    took_ms, sizes = [], []
    for visit in visits:
        began_s = time.perf_counter()
        sizes.append(len(visit()))
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return Timed(what=what, took_ms=took_ms, size=sorted(sizes)[len(sizes) // 2])


def _title(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["title"])
    except (ValueError, KeyError, TypeError):
        return ""
