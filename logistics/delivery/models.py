"""What a driver did at a stop."""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from inventory.base import Actor, Base, ClientKey, Id, Moment, ShortText, Text, word_enum
from inventory.ledger import Document
from logistics.dispatch.models import TripStop


class ActKind(enum.StrEnum):
    """delivered: the goods changed hands. failed: they did not, with a reason. taken back: an earlier act was a mistake."""

    DELIVERED = "delivered"
    FAILED = "failed"
    TAKEN_BACK = "taken_back"


class FailureReason(enum.StrEnum):
    """Why a delivery did not happen."""

    NOBODY_THERE = "nobody_there"
    ROAD_CLOSED = "road_closed"
    REFUSED = "refused"
    WRONG_ADDRESS = "wrong_address"
    DAMAGED = "damaged"
    NO_TIME = "no_time"
    OTHER = "other"


class Receiver(enum.StrEnum):
    """Who took the goods; a role, not an identity."""

    SELF = "self"
    FAMILY = "family"
    CHIEF = "chief"
    GUARD = "guard"
    LEFT_AT_PLACE = "left_at_place"


class Act(Base):
    """One act of a driver at a stop; a delivered one is the proof of delivery (签收凭证). The phone makes its key."""

    __tablename__ = "delivery_act"

    id: Mapped[Id]
    key: Mapped[ClientKey] = mapped_column(unique=True)
    trip_stop_id: Mapped[int] = mapped_column(ForeignKey("trip_stop.id"), index=True)
    kind: Mapped[ActKind] = mapped_column(word_enum(ActKind))
    reason: Mapped[FailureReason | None] = mapped_column(word_enum(FailureReason))
    receiver: Mapped[Receiver | None] = mapped_column(word_enum(Receiver))
    note: Mapped[Text] = mapped_column(default="")
    #: By the phone's clock; and when the server learnt of it.
    occurred_at: Mapped[Moment]
    received_at: Mapped[Moment]
    by: Mapped[Actor]
    #: SHA-256 of what was sent, so that the same key with other content is noticed.
    fingerprint: Mapped[str] = mapped_column(ShortText(64))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    #: The act this one takes back; once only.
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_act.id"), unique=True)

    trip_stop: Mapped[TripStop] = relationship()
    document: Mapped[Document | None] = relationship()
