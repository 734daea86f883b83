"""Every table of the project in one import, for migrations and for tools that look at the whole schema."""

from inventory.assets import Asset, AssetEvent
from inventory.balances import Balance
from inventory.barcodes import ItemBarcode
from inventory.base import Base
from inventory.catalogue import Item, Lot, Pack
from inventory.classes import ItemClass
from inventory.closed_days import DayClosing, DayFigure, DayReopening
from inventory.consignments import (
    Arrival,
    ArrivalReceipt,
    Consignment,
    Difference,
    DifferencePhoto,
    Settlement,
    SettlementReceipt,
)
from inventory.consumption import Task
from inventory.counts import CountEntry, CountItem, CountSession, CountVariance
from inventory.donations import Donation, DonationLine, DonationReceipt, DonationUnit
from inventory.funds import Fund, FundEntry
from inventory.ledger import Document, Movement
from inventory.lots import LotStatusChange
from inventory.norms import Norm, NormDecision, UnitFacts
from inventory.photos import ItemPhoto
from inventory.places import StockLocation
from inventory.policies import Policy, PolicyApproval
from inventory.promises import Reservation
from inventory.purchasing import PurchaseLine, PurchaseOrder, PurchaseReceipt
from inventory.reorder import ReorderRule
from inventory.requisitions import Requisition, RequisitionReview, RequisitionSheet
from inventory.responsible import Responsible
from inventory.restrictions import LotUnit
from inventory.runs import AllocationRun, Certificate, JointRun, Share
from inventory.units import Unit
from logistics.accounts.models import FailedSignIn, SignIn, User
from logistics.delivery.models import Act
from logistics.dispatch.models import Trip, TripStop
from logistics.fleet.models import Shift, Vehicle, VehiclePass
from logistics.imports.models import ImportedFile
from logistics.orders.models import Customer, DeliveryLine, DeliveryOrder, Order, OrderLine
from logistics.planning.models import PlanRun, Worker
from logistics.proofs.models import ProofRun

__all__ = [
    "Act",
    "AllocationRun",
    "Arrival",
    "ArrivalReceipt",
    "Asset",
    "AssetEvent",
    "Balance",
    "Base",
    "Certificate",
    "Consignment",
    "CountEntry",
    "CountItem",
    "CountSession",
    "CountVariance",
    "Customer",
    "DayClosing",
    "DayFigure",
    "DayReopening",
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
    "ItemBarcode",
    "ItemClass",
    "ItemPhoto",
    "JointRun",
    "Lot",
    "LotStatusChange",
    "LotUnit",
    "Movement",
    "Norm",
    "NormDecision",
    "Order",
    "OrderLine",
    "Pack",
    "PlanRun",
    "Policy",
    "PolicyApproval",
    "ProofRun",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchaseReceipt",
    "ReorderRule",
    "Requisition",
    "RequisitionReview",
    "RequisitionSheet",
    "Reservation",
    "Responsible",
    "Settlement",
    "SettlementReceipt",
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
