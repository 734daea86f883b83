"""The service: procurement, dispatch and delivery for a county in an emergency."""

from logistics.app import create_app

__all__ = ["create_app"]
