"""The left rail: what each role finds there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import request
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from logistics.accounts.models import Role
from logistics.accounts.permissions import Permission
from logistics.web.context import signed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the rail."""

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    #: Pages of one role's own work, which others with the permission reach by other ways.
    only_for: Role | None = None
    #: The heading it stands under.
    group: LazyString | None = None

    @property
    def active(self) -> bool:
        """Whether the page on show is this one."""
        return request.endpoint == self.endpoint


def _group(name: LazyString, *entries: Entry) -> tuple[Entry, ...]:
    return tuple(replace(entry, group=name) for entry in entries)


ENTRIES = (
    Entry(endpoint="today.page", label=_("Today"), icon="home", permission=Permission.SIGNED_IN),
    *_group(
        _("Stock"),
        Entry(endpoint="supplies.stock", label=_("Stock"), icon="package", permission=Permission.READ_STOCK),
        Entry(endpoint="needs.cover", label=_("Cover"), icon="temperature", permission=Permission.READ_STOCK),
        Entry(endpoint="supplies.documents", label=_("Documents"), icon="file-text", permission=Permission.READ_STOCK),
        Entry(
            endpoint="consignments.consignments",
            label=_("In transit"),
            icon="transfer",
            permission=Permission.READ_STOCK,
        ),
        Entry(endpoint="tasks.listed", label=_("Consumption"), icon="spray", permission=Permission.READ_STOCK),
        Entry(endpoint="counting.counts", label=_("Counts"), icon="clipboard-check", permission=Permission.WRITE_STOCK),
        Entry(endpoint="days.listed", label=_("Day closing"), icon="calendar-check", permission=Permission.READ_STOCK),
        Entry(endpoint="lots.lots", label=_("Lots"), icon="calendar-due", permission=Permission.READ_STOCK),
        Entry(
            endpoint="proofs.listed", label=_("Proof of the books"), icon="shield-check", permission=Permission.PROVE
        ),
        Entry(endpoint="assets.listed", label=_("Assets"), icon="device-mobile", permission=Permission.READ_STOCK),
    ),
    *_group(
        _("Coming in"),
        Entry(
            endpoint="purchasing.orders",
            label=_("Purchase orders"),
            icon="shopping-cart",
            permission=Permission.READ_STOCK,
        ),
        Entry(endpoint="donations.donations", label=_("Donations"), icon="gift", permission=Permission.READ_STOCK),
    ),
    *_group(
        _("Sharing out"),
        Entry(
            endpoint="sharing.requisitions", label=_("Requisitions"), icon="clipboard-list", permission=Permission.ASK
        ),
        Entry(endpoint="sharing.allocations", label=_("Allocation"), icon="stairs", permission=Permission.ALLOCATE),
        Entry(endpoint="norms.listed", label=_("Norms"), icon="ruler-2", permission=Permission.READ_STOCK),
    ),
    *_group(
        _("Delivery"),
        Entry(
            endpoint="orders.customers", label=_("Customers"), icon="building-store", permission=Permission.READ_ORDERS
        ),
        Entry(
            endpoint="orders.delivery_orders",
            label=_("Delivery orders"),
            icon="checklist",
            permission=Permission.READ_ORDERS,
        ),
        Entry(endpoint="planning.plans", label=_("Plans"), icon="route", permission=Permission.READ_PLANS),
        Entry(endpoint="dispatch.trips", label=_("Trips"), icon="truck-delivery", permission=Permission.READ_PLANS),
        Entry(endpoint="fleet.vehicles", label=_("Fleet"), icon="steering-wheel", permission=Permission.READ_FLEET),
        Entry(
            endpoint="delivery.my_trips",
            label=_("My trips"),
            icon="map-pin",
            permission=Permission.DELIVER,
            only_for=Role.DRIVER,
        ),
    ),
    *_group(
        _("Set-up"),
        Entry(endpoint="catalogue.items", label=_("Items"), icon="packages", permission=Permission.READ_STOCK),
        Entry(endpoint="units.tree", label=_("Units"), icon="sitemap", permission=Permission.READ_STOCK),
        Entry(endpoint="imports.choose", label=_("Import"), icon="upload", permission=Permission.READ_STOCK),
        Entry(endpoint="accounts.people", label=_("People"), icon="users", permission=Permission.ADMINISTER),
        Entry(endpoint="help.page", label=_("Help"), icon="help", permission=Permission.SIGNED_IN),
    ),
)


def rail() -> list[Entry]:
    """The entries the person asking may open, in the order of the work."""
    person = signed_in()
    return [
        entry
        for entry in ENTRIES
        if person is not None and person.may(entry.permission) and entry.only_for in (None, person.role)
    ]
