"""The words under which the pages show what the code calls by its enums."""

from __future__ import annotations

import enum

from flask import Flask
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from inventory.catalogue import ItemKind
from inventory.consignments import Answer, ConsignmentState, DifferenceReason
from inventory.donations import DonationState
from inventory.ledger import DocumentKind
from inventory.places import Place
from inventory.purchasing import Progress
from inventory.requisitions import RequisitionState
from inventory.units import Tier, UnitKind
from logistics.accounts.models import Role
from logistics.delivery.models import FailureReason, Receiver
from logistics.dispatch.models import StopState, TripState
from logistics.orders.models import DeliveryState, HandoverScene
from logistics.planning.models import PlanState

type Words[T] = dict[tuple[type[enum.StrEnum], str], T]


def keyed[T](*pairs: tuple[enum.StrEnum, T]) -> Words[T]:
    """By kind and value: members of different enums with the same value are equal, and must not share a word."""
    return {(type(member), member.value): said for member, said in pairs}


WORDS: Words[LazyString] = keyed(
    (Role.OFFICER, _("procurement officer")),
    (Role.DISPATCHER, _("dispatcher")),
    (Role.DRIVER, _("driver")),
    (Role.REPORTER, _("unit reporter")),
    (Role.CHIEF, _("chief of a point")),
    (Role.LEADER, _("duty leader")),
    (Role.ADMIN, _("administrator")),
    (UnitKind.BUREAU, _("bureau")),
    (UnitKind.COUNTY, _("county unit")),
    (UnitKind.WAREHOUSE, _("warehouse")),
    (UnitKind.STATION, _("leaf station")),
    (UnitKind.WINDOW, _("service window")),
    (UnitKind.CHECKPOINT, _("checkpoint")),
    (UnitKind.HOSPITAL, _("hospital")),
    (UnitKind.COMPOUND, _("compound")),
    (UnitKind.VILLAGE, _("village")),
    (UnitKind.VEHICLE, _("vehicle unit")),
    (UnitKind.OTHER, _("other unit")),
    (Tier.FRONTLINE, _("frontline")),
    (Tier.WINDOW, _("service windows")),
    (Tier.OTHER, _("others")),
    (ItemKind.PROTECTION, _("protection")),
    (ItemKind.DISINFECTANT, _("disinfectant")),
    (ItemKind.ALCOHOL, _("alcohol")),
    (ItemKind.EQUIPMENT, _("equipment")),
    (ItemKind.MEDICINE, _("medicine")),
    (ItemKind.RELIEF, _("relief goods")),
    (ItemKind.CIGARETTES, _("cigarettes")),
    (ItemKind.OTHER, _("other goods")),
    (Place.STORE, _("store")),
    (Place.VEHICLE, _("vehicle")),
    (Place.TRANSIT, _("in transit")),
    (Place.RECIPIENT, _("recipient")),
    (Place.SUPPLIER, _("supplier")),
    (Place.DONOR, _("donor")),
    (Place.OPENING, _("opening stock")),
    (Place.CONSUMED, _("consumed")),
    (Place.VARIANCE, _("count variance")),
    (Place.LOST, _("lost")),
    (Place.EXPIRED, _("expired and disposed")),
    (DocumentKind.RECEIPT, _("receipt")),
    (DocumentKind.ISSUE, _("issue")),
    (DocumentKind.TRANSFER, _("transfer")),
    (DocumentKind.RETURN, _("return")),
    (DocumentKind.ADJUSTMENT, _("count adjustment")),
    (DocumentKind.DISPOSAL, _("disposal")),
    (DocumentKind.REVERSAL, _("reversal")),
    (Progress.WAITING, _("nothing has come")),
    (Progress.PARTLY, _("partly here")),
    (Progress.COMPLETE, _("all here")),
    (Progress.CLOSED, _("closed, no more comes")),
    (Progress.CANCELLED, _("cancelled")),
    (DonationState.OFFERED, _("offered")),
    (DonationState.ACCEPTED, _("accepted")),
    (DonationState.REFUSED, _("declined")),
    (DonationState.CLOSED, _("closed, no more comes")),
    (ConsignmentState.ON_THE_WAY, _("on the way")),
    (ConsignmentState.DIFFERING, _("differs")),
    (ConsignmentState.SETTLED, _("arrived")),
    (ConsignmentState.WITHDRAWN, _("called back")),
    (DifferenceReason.MISSING, _("missing")),
    (DifferenceReason.BROKEN, _("broken")),
    (DifferenceReason.WRONG, _("wrong goods")),
    (DifferenceReason.OTHER, _("other reason")),
    (DifferenceReason.REFUSED, _("not for this unit")),
    (DifferenceReason.SURPLUS, _("too much")),
    (Answer.BACK, _("back to the sender")),
    (Answer.ONWARD, _("on to the receiver")),
    (Answer.LOST, _("lost")),
    (Answer.SUPPLIER, _("with the supplier")),
    (RequisitionState.OPEN, _("waiting")),
    (RequisitionState.ANSWERED, _("answered")),
    (RequisitionState.CANCELLED, _("withdrawn")),
    (RequisitionState.REFUSED, _("not approved")),
    (HandoverScene.DOOR, _("to the door")),
    (HandoverScene.AGREED_POINT, _("agreed time and place")),
    (HandoverScene.GATE, _("compound gate")),
    (HandoverScene.VILLAGE_POINT, _("village point")),
    (HandoverScene.CHIEF, _("to the chief")),
    (HandoverScene.QUARANTINE, _("quarantine drop")),
    (DeliveryState.OPEN, _("to be planned")),
    (DeliveryState.PLANNED, _("planned")),
    (DeliveryState.LOADED, _("on the road")),
    (DeliveryState.DELIVERED, _("delivered")),
    (DeliveryState.FAILED, _("not delivered")),
    (DeliveryState.CANCELLED, _("cancelled")),
    (PlanState.QUEUED, _("waiting for a worker")),
    (PlanState.RUNNING, _("planning")),
    (PlanState.DONE, _("finished")),
    (PlanState.CANCELLED, _("stopped by hand")),
    (PlanState.FAILED, _("failed")),
    (TripState.RELEASED, _("to be loaded")),
    (TripState.LOADED, _("under way")),
    (TripState.FINISHED, _("back")),
    (TripState.WITHDRAWN, _("withdrawn")),
    (StopState.PLANNED, _("to do")),
    (StopState.DELIVERED, _("handed over")),
    (StopState.FAILED, _("not handed over")),
    (FailureReason.NOBODY_THERE, _("nobody there")),
    (FailureReason.ROAD_CLOSED, _("road closed")),
    (FailureReason.REFUSED, _("refused")),
    (FailureReason.WRONG_ADDRESS, _("wrong address")),
    (FailureReason.DAMAGED, _("goods damaged")),
    (FailureReason.NO_TIME, _("no time left")),
    (FailureReason.OTHER, _("other reason")),
    (Receiver.SELF, _("the customer")),
    (Receiver.FAMILY, _("family")),
    (Receiver.CHIEF, _("the chief")),
    (Receiver.GUARD, _("the guard")),
    (Receiver.LEFT_AT_PLACE, _("set down at the agreed place")),
)

#: The colour (Tabler) and the mark of a state: never a colour alone.
MARKS: Words[tuple[str, str]] = keyed(
    (Progress.WAITING, ("azure", "○")),
    (Progress.PARTLY, ("yellow", "◑")),
    (Progress.COMPLETE, ("green", "✓")),
    (Progress.CLOSED, ("secondary", "■")),
    (Progress.CANCELLED, ("secondary", "–")),
    (DonationState.OFFERED, ("azure", "○")),
    (DonationState.ACCEPTED, ("green", "✓")),
    (DonationState.REFUSED, ("secondary", "✗")),
    (DonationState.CLOSED, ("secondary", "■")),
    (ConsignmentState.ON_THE_WAY, ("yellow", "◑")),
    (ConsignmentState.DIFFERING, ("red", "≠")),
    (ConsignmentState.SETTLED, ("green", "✓")),
    (ConsignmentState.WITHDRAWN, ("secondary", "–")),
    (RequisitionState.OPEN, ("azure", "○")),
    (RequisitionState.ANSWERED, ("green", "✓")),
    (RequisitionState.CANCELLED, ("secondary", "–")),
    (RequisitionState.REFUSED, ("red", "✗")),
    (DeliveryState.OPEN, ("azure", "○")),
    (DeliveryState.PLANNED, ("indigo", "◔")),
    (DeliveryState.LOADED, ("yellow", "◑")),
    (DeliveryState.DELIVERED, ("green", "✓")),
    (DeliveryState.FAILED, ("red", "✗")),
    (DeliveryState.CANCELLED, ("secondary", "–")),
    (PlanState.QUEUED, ("azure", "○")),
    (PlanState.RUNNING, ("yellow", "◑")),
    (PlanState.DONE, ("green", "✓")),
    (PlanState.CANCELLED, ("secondary", "■")),
    (PlanState.FAILED, ("red", "✗")),
    (TripState.RELEASED, ("azure", "○")),
    (TripState.LOADED, ("yellow", "◑")),
    (TripState.FINISHED, ("green", "✓")),
    (TripState.WITHDRAWN, ("secondary", "–")),
    (StopState.PLANNED, ("azure", "○")),
    (StopState.DELIVERED, ("green", "✓")),
    (StopState.FAILED, ("red", "✗")),
)


def register(app: Flask) -> None:
    """Make `word` and `mark` filters of every template."""
    app.add_template_filter(word)
    app.add_template_filter(mark)


def word(value: enum.StrEnum) -> str:
    """The word for an enum value in the reader's language."""
    return str(WORDS[type(value), value.value])


def mark(value: enum.StrEnum) -> tuple[str, str]:
    """The colour and the sign of a state."""
    return MARKS[type(value), value.value]
