"""Planning over the small county: two shops have ordered cigarettes."""

import datetime as dt
from collections.abc import Callable

import pytest

from logistics.db import Database
from logistics.orders import operations as orders
from logistics.orders.models import Customer
from logistics.planning.models import PlanRun
from logistics.planning.operations import start_plan
from tests.county import NOW, TODAY, County

type StartRun = Callable[..., int]


@pytest.fixture
def order(database: Database, county: County) -> Callable[..., None]:
    """`order(customer, 50)`: so many 条 of cigarettes (260 g, 1.3 l each) to be delivered from the county's store."""

    def take(customer: Customer, quantity: int, number: str = "") -> None:
        with database.transaction() as session:
            orders.take_order(
                session,
                number=number or f"{customer.code}-{quantity}",
                customer=customer,
                ordered_on=TODAY,
                quantities={county.cigarettes.id: quantity},
                source=county.store,
                at=NOW,
                by="officer",
            )

    return take


@pytest.fixture
def ordered(county: County, order: Callable[..., None]) -> None:
    """50 条 for the shop in town (13 kg, 65 l), 100 条 for the one far away (26 kg, 130 l)."""
    order(county.shop, 50)
    order(county.far_shop, 100)


@pytest.fixture
def start_run(database: Database, county: County) -> StartRun:
    """`start_run(budget_s=1)`: the id of a new run over both days; shorter than people may ask for."""

    def start(*, key: str = "first", budget_s: int = 1) -> int:
        with database.transaction() as session:
            run = start_plan(
                session,
                key=key,
                depot_id=county.store.id,
                first_day=TODAY,
                last_day=TODAY + dt.timedelta(days=1),
                budget_s=5,
                seed=7,
                at=NOW,
                by="dispatcher",
            )
            run.budget_s = budget_s
        return run.id

    return start


@pytest.fixture
def seen(database: Database) -> Callable[[int], PlanRun]:
    """`seen(plan_run_id)`: the run as it stands, with its problem and plan."""

    def look(plan_run_id: int) -> PlanRun:
        with database.reading() as session:
            run = session.get(PlanRun, plan_run_id)
            assert run
            session.refresh(run, ["problem", "plan"])
            session.expunge(run)
            return run

    return look
