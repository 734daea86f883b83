"""Writes the county as the workbooks an office would have. Titles come from the importers' own sheets, so they are never said twice."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from inventory.places import Place
from logistics.demo.county.codes import PASS, STORE_CODE
from logistics.demo.county.needs import DUTY_DAYS
from logistics.demo.county.parts import DemoCounty
from logistics.imports.importer import Importer
from logistics.imports.kinds import importer_for
from logistics.workbooks.columns import Choice, Column
from logistics.workbooks.writing import TableColumn, Value, table_csv, table_workbook

type Row = Mapping[str, Any]
"""What stands in a row, by the field names of the importer's sheet; choices as their values, not as their words."""


def rows_of(kind: str, county: DemoCounty) -> list[Row]:
    """The rows of the table of this kind."""
    return list(_ROWS[kind](county))


def workbook(importer: Importer, rows: Sequence[Row]) -> bytes:
    """An .xlsx that the importer can take in."""
    columns = _columns(importer, rows)
    return table_workbook(importer.title, [_head(column) for column in columns.values()], _cells(columns, rows))


def gb18030_csv(importer: Importer, rows: Sequence[Row]) -> bytes:
    """The same table as programs of Chinese offices write .csv."""
    columns = _columns(importer, rows)
    table = table_csv([_head(column) for column in columns.values()], _cells(columns, rows))
    return table.removeprefix(codecs.BOM_UTF8).decode().encode("gb18030")


def write_all(county: DemoCounty, folder: Path) -> dict[str, Path]:
    """Write every table into the folder, the receipts also as .csv; kind → file. Names are numbered in the order of taking in."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Path] = {}
    for number, kind in enumerate(_ROWS, start=1):
        importer, rows = importer_for(kind), rows_of(kind, county)
        files[kind] = folder / f"{number}-{importer.title}.xlsx"
        files[kind].write_bytes(workbook(importer, rows))
        if kind == "receipts":
            files["receipts-csv"] = files[kind].with_suffix(".csv")
            files["receipts-csv"].write_bytes(gb18030_csv(importer, rows))
    about = _(
        "These tables are made up by the program for trying it out (seed %(seed)s): units, shops, people, orders and figures are invented. "
        "Real are only the names and places of the towns of Yunyang: GeoNames, geonames.org, CC BY 4.0.",
        seed=county.seed,
    )
    (folder / "README.txt").write_text(about + "\n", encoding="utf-8-sig")
    return files


def _columns(importer: Importer, rows: Sequence[Row]) -> dict[str, Column[Any]]:
    """The columns of the sheet that the rows fill, in the order of the sheet."""
    used = {name for row in rows for name in row}
    columns = importer.schema.columns()
    if unknown := used - set(columns):
        raise LookupError(f"{importer.kind}: the sheet has no {sorted(unknown)}")
    return {name: column for name, column in columns.items() if name in used}


def _head(column: Column[Any]) -> TableColumn:
    return TableColumn(title=column.title, width=column.width)


def _cells(columns: Mapping[str, Column[Any]], rows: Sequence[Row]) -> Iterator[list[Value]]:
    for row in rows:
        yield [_cell(column, row.get(name)) for name, column in columns.items()]


def _cell(column: Column[Any], value: Any) -> Value:
    if value is None or value == "":
        return None
    return column.word(value) if isinstance(column, Choice) else value


# Rows -----------------------------------------------------------------------------------------------------------------


def _units(county: DemoCounty) -> Iterator[Row]:
    for unit in county.units:
        yield {
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "parent": unit.parent,
            "tier": unit.tier,
            "lat": unit.lat,
            "lon": unit.lon,
            "address": unit.address,
            "contact": unit.contact,
            "phone": unit.phone,
            "headcount": unit.headcount or None,
        }


def _items(county: DemoCounty) -> Iterator[Row]:
    for item in county.items:
        yield {
            "code": item.code,
            "name": item.name,
            "kind": item.kind,
            "base_unit": item.base_unit,
            "packs": ";".join(f"{word}={size}" for word, size in item.packs),
            "weight": Decimal(item.weight_mg) / 1000,
            "volume": Decimal(item.volume_ul) / 1000,
            "active": item.active_percent,
        }


def _facts(county: DemoCounty) -> Iterator[Row]:
    for facts in county.unit_facts:
        yield {
            "unit": facts.unit,
            "valid_from": county.first_day - dt.timedelta(days=DUTY_DAYS),
            "people_per_shift": facts.people,
            "shifts_a_day": 1,
            "area_m2": facts.area_m2,
            "rounds_a_day": facts.rounds,
            "households": facts.households,
            "isolated": facts.isolated,
        }


def _receipts(county: DemoCounty) -> Iterator[Row]:
    for line in county.receipts:
        yield {
            "day": line.day,
            "place": Place.DONOR if line.donated else Place.SUPPLIER,
            "source": line.giver,
            "unit": STORE_CODE,
            "item": line.item,
            "quantity": line.amount,
            "word": line.word,
            "lot": line.lot,
            "expires_on": line.expires_on,
        }


def _customers(county: DemoCounty) -> Iterator[Row]:
    for customer in county.customers:
        yield {
            "code": customer.code,
            "name": customer.name,
            "unit": customer.unit,
            "lat": customer.lat,
            "lon": customer.lon,
            "address": customer.address,
            "contact": customer.contact,
            "phone": customer.phone,
            "scene": customer.scene,
            "windows": customer.windows,
            "required_pass": customer.required_pass,
        }


def _vehicles(county: DemoCounty) -> Iterator[Row]:
    for vehicle in county.vehicles:
        yield {
            "plate": vehicle.plate,
            "kind": vehicle.kind,
            "capacity_kg": vehicle.capacity_kg,
            "capacity_l": vehicle.capacity_l,
            "depot": STORE_CODE,
            "passes": f"{PASS}:{vehicle.pass_through}" if vehicle.pass_through else None,
            "per_shift": vehicle.cost_per_shift_yuan,
            "per_km": Decimal(vehicle.cost_per_km_jiao) / 10,
        }


def _shifts(county: DemoCounty) -> Iterator[Row]:
    for shift in county.shifts:
        yield {
            "plate": shift.plate,
            "driver": shift.driver,
            "day": shift.day,
            "starts": shift.starts,
            "ends": shift.ends,
        }


def _requisitions(county: DemoCounty) -> Iterator[Row]:
    base_units = {item.code: item.base_unit for item in county.items}
    for asked in county.requisitions:
        yield {
            "day": asked.asked_on,
            "unit": asked.unit,
            "item": asked.item,
            "quantity": asked.quantity,
            "daily": asked.daily_need,
            "word": base_units[asked.item],
        }


def _orders(county: DemoCounty) -> Iterator[Row]:
    base_units = {item.code: item.base_unit for item in county.items}
    for order in county.orders:
        for item, cartons in order.cartons:
            yield {
                "number": order.number,
                "day": order.ordered_on,
                "customer": order.customer,
                "item": item,
                "quantity": cartons,
                "word": base_units[item],
                "source": STORE_CODE,
            }


#: In the order in which one table needs what another brings.
_ROWS: dict[str, Callable[[DemoCounty], Iterator[Row]]] = {
    "units": _units,
    "items": _items,
    "facts": _facts,
    "receipts": _receipts,
    "customers": _customers,
    "vehicles": _vehicles,
    "shifts": _shifts,
    "requisitions": _requisitions,
    "orders": _orders,
}
