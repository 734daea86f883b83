"""The service's own errors, and the sentences that every error of the project becomes.

An error says what happened, what was kept and what to do. Only here do codes become words; only the web layer knows HTTP.
"""

from __future__ import annotations


class ServiceError(Exception):
    """The root of the errors raised in this package; `values` go into the sentence."""

    def __init__(self, **values: object) -> None:
        super().__init__(", ".join(f"{name}={value!r}" for name, value in values.items()))
        self.values = values
