"""Every table of the project in one import, for migrations and for tools that look at the whole schema."""

from inventory.barcodes import ItemBarcode
from inventory.base import Base
from inventory.catalogue import Item, Lot, Pack
from inventory.classes import ItemClass
from inventory.consumption import Task
from inventory.counts import CountEntry, CountItem, CountSession, CountVariance
from inventory.ledger import Balance, Document, Movement, Reservation
from inventory.lots import LotStatusChange
from inventory.norms import Norm, NormDecision, UnitFacts
from inventory.photos import ItemPhoto
from inventory.places import StockLocation
from inventory.reorder import ReorderRule
from inventory.requisitions import AllocationRun, Requisition, Share
from inventory.responsible import Responsible
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
    "ItemBarcode",
    "ItemClass",
    "ItemPhoto",
    "Lot",
    "LotStatusChange",
    "Movement",
    "Norm",
    "NormDecision",
    "Order",
    "OrderLine",
    "Pack",
    "PlanRun",
    "ReorderRule",
    "Requisition",
    "Reservation",
    "Responsible",
    "Share",
    "Shift",
    "SignIn",
    "StockLocation",
    "Task",
    "Trip",
    "TripStop",
    "Unit",
    "UnitFacts",
    "User",
    "Vehicle",
    "VehiclePass",
    "Worker",
]
