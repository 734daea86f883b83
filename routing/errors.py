"""What can be wrong with what a caller hands over.  Outcomes (a left-out stop, a broken rule) are values, not errors."""

from __future__ import annotations


class RoutingError(Exception):
    """The base of every error this package raises on purpose."""


class ProblemError(RoutingError, ValueError):
    """A problem that cannot be meant: `field` says where, `value` what stood there, `why` what is asked instead.

    What is wrong between the parts of a problem comes all at once: `findings` are all of them, this one first.
    """

    def __init__(self, field: str, value: object, why: str, *, findings: tuple[ProblemError, ...] = ()) -> None:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{field} {why}, got {value!r}{more}")
        self.field = field
        self.value = value
        self.why = why
        self.findings = findings or (self,)


class FormatError(RoutingError, ValueError):
    """A file that is not what it claims to be: `field` is the entry at fault, e.g. `stops[3].load[0]` or `DEMAND_SECTION`.

    `line` counts from 1, where the file has lines; `findings` are all that were found, this one first.
    """

    def __init__(
        self, field: str, why: str, *, line: int | None = None, findings: tuple[FormatError, ...] = ()
    ) -> None:
        where = "" if line is None else f"line {line}: "
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{where}{field} {why}{more}")
        self.field = field
        self.why = why
        self.line = line
        self.findings = findings or (self,)


class UnknownIdError(RoutingError, KeyError):
    """Nothing in the problem (or plan) has this id."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} has the id {id!r}")
        self.kind = kind
        self.id = id

    def __str__(self) -> str:
        return str(self.args[0])
