"""Every table of the project in one import, for migrations and for tools that look at the whole schema."""

from inventory.base import Base
from inventory.catalogue import Item, Lot, Pack
from inventory.consignments import (
    Arrival,
    ArrivalReceipt,
    Consignment,
    Difference,
    DifferencePhoto,
    Settlement,
    SettlementReceipt,
)
from inventory.donations import Donation, DonationLine, DonationReceipt, DonationUnit, Fund, FundEntry
from inventory.ledger import Balance, Document, Movement, Reservation
from inventory.places import StockLocation
from inventory.purchasing import PurchaseLine, PurchaseOrder, PurchaseReceipt
from inventory.requisitions import AllocationRun, Requisition, Share
from inventory.restrictions import LotUnit
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
    "Arrival",
    "ArrivalReceipt",
    "Balance",
    "Base",
    "Consignment",
    "Customer",
    "DeliveryLine",
    "DeliveryOrder",
    "Difference",
    "DifferencePhoto",
    "Document",
    "Donation",
    "DonationLine",
    "DonationReceipt",
    "DonationUnit",
    "FailedSignIn",
    "Fund",
    "FundEntry",
    "ImportedFile",
    "Item",
    "Lot",
    "LotUnit",
    "Movement",
    "Order",
    "OrderLine",
    "Pack",
    "PlanRun",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseReceipt",
    "Requisition",
    "Reservation",
    "Settlement",
    "SettlementReceipt",
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
