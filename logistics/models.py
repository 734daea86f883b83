"""Every table of the project in one import, for migrations and for tools that look at the whole schema."""

from inventory.base import Base
from inventory.catalogue import Item, Lot, Pack
from inventory.ledger import Balance, Document, Movement, Reservation
from inventory.places import StockLocation
from inventory.policies import Policy, PolicyApproval
from inventory.requisitions import Requisition, RequisitionReview
from inventory.sharing import AllocationRun, Certificate, Share
from inventory.units import Unit
from logistics.accounts.models import FailedSignIn, SignIn, User
from logistics.delivery.models import Act
from logistics.dispatch.models import Trip, TripStop
from logistics.fleet.models import Shift, Vehicle, VehiclePass
from logistics.imports.models import ImportedFile
from logistics.orders.models import Customer, DeliveryLine, DeliveryOrder, Order, OrderLine
from logistics.planning.models import PlanRun, Worker

__all__ = [
    "Act",
    "AllocationRun",
    "Balance",
    "Base",
    "Certificate",
    "Customer",
    "DeliveryLine",
    "DeliveryOrder",
    "Document",
    "FailedSignIn",
    "ImportedFile",
    "Item",
    "Lot",
    "Movement",
    "Order",
    "OrderLine",
    "Pack",
    "PlanRun",
    "Policy",
    "PolicyApproval",
    "Requisition",
    "RequisitionReview",
    "Reservation",
    "Share",
    "Shift",
    "SignIn",
    "StockLocation",
    "Trip",
    "TripStop",
    "Unit",
    "User",
    "Vehicle",
    "VehiclePass",
    "Worker",
]
