"""Who answers for a unit: building chiefs, village team leaders, grid chiefs ("三长"), keepers; each from a day, perhaps to a day."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import CheckConstraint, ForeignKey, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from inventory.base import Name, Once, ShortText, claim_key, word_enum
from inventory.errors import InvalidInput, KeyReused, NotFound
from inventory.units import Unit, UnitKind, subtree


class Post(enum.StrEnum):
    """In what capacity somebody answers for a unit (楼栋长、驻村工作队长、网格长、保管员)."""

    BUILDING_CHIEF = "building_chief"
    TEAM_LEADER = "team_leader"
    GRID_CHIEF = "grid_chief"
    KEEPER = "keeper"
    OTHER = "other"


#: Who it usually is at a unit of this kind.
_USUAL_POST = {
    UnitKind.COMPOUND: Post.BUILDING_CHIEF,
    UnitKind.VILLAGE: Post.TEAM_LEADER,
    UnitKind.WAREHOUSE: Post.KEEPER,
    UnitKind.STATION: Post.KEEPER,
}


class Responsible(Once):
    """A person who answers for a unit through these days (负责人). Who has left stays on record."""

    __tablename__ = "responsible"
    __table_args__ = (CheckConstraint("until >= since", name="until_not_before_since"),)

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[Name]
    phone: Mapped[str] = mapped_column(ShortText(40), default="")
    post: Mapped[Post] = mapped_column(word_enum(Post))
    since: Mapped[dt.date]
    #: The last day; None as long as nobody has said when it ends.
    until: Mapped[dt.date | None]

    unit: Mapped[Unit] = relationship()

    def serves_on(self, day: dt.date) -> bool:
        """Whether the person answers for the unit on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def appoint(
    session: Session,
    *,
    key: str,
    unit: Unit,
    name: str,
    post: Post,
    since: dt.date,
    until: dt.date | None = None,
    phone: str = "",
) -> Responsible:
    """Let a person answer for a unit; the same key again is the same appointment. Raises InvalidInput, KeyReused."""
    _check(name, since, until)
    told = {"unit_id": unit.id, "name": name, "phone": phone, "post": post, "since": since, "until": until}
    person, is_new = claim_key(session, Responsible, key=key, **told)
    if not is_new and any(getattr(person, field) != value for field, value in told.items()):
        raise KeyReused(key)
    return person


def change_responsible(
    session: Session,
    *,
    person: Responsible,
    name: str,
    post: Post,
    since: dt.date,
    until: dt.date | None,
    phone: str,
) -> None:
    """Correct what is told of a person, or say through which day they serve. Raises InvalidInput."""
    _check(name, since, until)
    person.name, person.phone, person.post = name, phone, post
    person.since, person.until = since, until
    session.flush()


def get_responsible(session: Session, person_id: int, *, unit: Unit) -> Responsible:
    """The person with this id who answers or answered for the unit. Raises NotFound."""
    person = session.get(Responsible, person_id)
    if person is None or person.unit_id != unit.id:
        raise NotFound("responsible person", person_id)
    return person


def responsible_for(session: Session, unit: Unit) -> list[Responsible]:
    """Everybody who answers or answered for a unit, who came last first."""
    wanted = select(Responsible).where(Responsible.unit_id == unit.id)
    return list(session.scalars(wanted.order_by(Responsible.since.desc(), Responsible.id.desc())))


def in_charge(session: Session, *, unit_id: int, on: dt.date) -> dict[int, list[Responsible]]:
    """Who answers on a day for a unit and those below it, by unit, longest in office first."""
    serving = and_(Responsible.since <= on, or_(Responsible.until.is_(None), Responsible.until >= on))
    wanted = select(Responsible).where(Responsible.unit_id.in_(subtree(unit_id)), serving)
    found: dict[int, list[Responsible]] = {}
    for person in session.scalars(wanted.order_by(Responsible.since, Responsible.id)):
        found.setdefault(person.unit_id, []).append(person)
    return found


def usual_post(kind: UnitKind) -> Post:
    """In what capacity somebody usually answers for a unit of this kind."""
    return _USUAL_POST.get(kind, Post.OTHER)


def _check(name: str, since: dt.date, until: dt.date | None) -> None:
    if not name.strip():
        raise InvalidInput("name", "empty", name)
    if until is not None and until < since:
        raise InvalidInput("until", "before-since", since)
