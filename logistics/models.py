"""Every table of the project in one import, for migrations and for tools that look at the whole schema."""

from inventory.base import Base
from inventory.catalogue import Item, Lot, Pack
from inventory.counts import CountEntry, CountItem, CountSession, CountVariance
from inventory.ledger import Balance, Document, Movement, Reservation
from inventory.lots import LotStatusChange
from inventory.places import StockLocation
from inventory.requisitions import AllocationRun, Requisition, Share
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
    "CountEntry",
    "CountItem",
    "CountSession",
    "CountVariance",
    "Customer",
    "DeliveryLine",
    "DeliveryOrder",
    "Document",
    "FailedSignIn",
    "ImportedFile",
    "Item",
    "Lot",
    "LotStatusChange",
    "Movement",
    "Order",
    "OrderLine",
    "Pack",
    "PlanRun",
    "Requisition",
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
