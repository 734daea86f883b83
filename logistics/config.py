"""Settings of one installation. Everything has a default that works on an office PC."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import platformdirs

#: The languages of the pages, the first one the default.
LANGUAGES = {"zh_Hans_CN": "中文", "en": "English"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the data lies and how the service behaves.

    `data` holds the database (unless `database_url` names another), the job engine's file, and the secret that signs cookies.
    """

    data: Path
    database_url: str
    secret_key: str
    #: The zone in which times are shown and days begin.
    timezone: str = "Asia/Shanghai"
    #: Answer only over https; set where a proxy with a certificate stands in front.
    secure_cookies: bool = False
    #: Planning workers beside the web server.
    workers: int = 1
    #: How long a worker plans before it writes down the best plan so far: what a killed worker loses.
    slice_s: int = 5
    #: The largest upload in bytes.
    max_upload_bytes: int = 20 * 1024 * 1024


def load_settings(*, data: Path | None = None, database_url: str | None = None, **changes: object) -> Settings:
    """Settings from the arguments, else the environment (LOGISTICS_DATA, LOGISTICS_DATABASE_URL, …), else defaults.

    Makes the data folder and, the first time, its secret.
    """
    folder = data or Path(os.environ.get("LOGISTICS_DATA") or platformdirs.user_data_path("emergency-logistics"))
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    url = (
        database_url or os.environ.get("LOGISTICS_DATABASE_URL") or f"sqlite:///{(folder / 'logistics.db').as_posix()}"
    )
    values: dict[str, object] = {
        "data": folder,
        "database_url": driver_named(url),
        "secret_key": os.environ.get("LOGISTICS_SECRET_KEY") or _kept_secret(folder / "secret.key"),
        "timezone": os.environ.get("LOGISTICS_TIMEZONE", "Asia/Shanghai"),
        "secure_cookies": os.environ.get("LOGISTICS_SECURE_COOKIES", "") == "1",
        "workers": int(os.environ.get("LOGISTICS_WORKERS", "1")),
        "slice_s": int(os.environ.get("LOGISTICS_SLICE_S", "5")),
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


def driver_named(url: str) -> str:
    """The address with our PostgreSQL driver named: people write postgresql://…"""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _kept_secret(path: Path) -> str:
    """Made once and kept beside the data, readable by its owner only where the system knows owners. Never half written."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(fresh, path)  # of several processes the first wins
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not path.exists():
                fresh.replace(path)
        fresh.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()
