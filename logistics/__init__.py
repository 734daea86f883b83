"""The service: procurement, dispatch and delivery for a county in an emergency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logistics.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """The application on first use: a worker or a command line needs no web pages, and they take a second to import."""
    if name == "create_app":
        from logistics.app import create_app

        return create_app
    raise AttributeError(name)
