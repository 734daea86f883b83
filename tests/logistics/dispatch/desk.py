"""The dispatcher's desk in tests: orders over the small county, and plans made by hand instead of by the solver."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.catalogue import Item
from logistics.db import Database
from logistics.dispatch.models import Trip
from logistics.dispatch.operations import publish
from logistics.fleet.models import Shift
from logistics.orders import operations as orders
from logistics.orders.models import Customer, DeliveryOrder, DeliveryState
from logistics.planning.models import PlanRun, PlanState
from logistics.planning.result import result_of
from logistics.planning.roads import planning_roads
from logistics.planning.snapshot import gather, problem_of
from routing import Plan, Route, Unassigned, with_reasons
from tests.county import CHINA, NOW, TODAY, County

MONDAY = TODAY + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The dispatcher's desk: plans made by hand, published, and what became of the orders."""

    database: Database
    county: County

    def order(self, customer: Customer, quantity: int, *, item: Item | None = None) -> None:
        """So many 条 of cigarettes (260 g, 1.3 l each) for a customer, or base units of another item."""
        with self.database.transaction() as session:
            orders.take_order(
                session,
                number=f"{customer.code}-{quantity}",
                customer=customer,
                ordered_on=TODAY,
                quantities={(item or self.county.cigarettes).id: quantity},
                source=self.county.store,
                at=NOW,
                by="officer",
            )

    def plan(
        self,
        routes: Mapping[tuple[str, dt.date], Sequence[Customer]],
        *,
        key: str = "first",
        state: PlanState = PlanState.DONE,
    ) -> int:
        """A run whose plan sends these vehicles on these days to these customers; the id of the run."""
        with self.database.transaction() as session:
            asked = gather(
                session,
                depot=session.merge(self.county.store, load=False),
                first_day=TODAY,
                last_day=MONDAY,
                timezone="Asia/Shanghai",
            )
            problem = problem_of(asked, planning_roads())
            plan = _by_hand(session, [place["id"] for place in asked["places"]], routes)
            found = result_of(problem, with_reasons(problem, plan))
            run = PlanRun(
                key=key,
                depot_id=self.county.store.id,
                first_day=TODAY,
                last_day=MONDAY,
                budget_s=60,
                seed=1,
                created_at=NOW,
                created_by="dispatcher",
                state=state,
                problem=asked,
                plan=found,
                spent_s=60,
                cost=found["cost"]["total"],
                left_out=len(found["left_out"]),
                progress=[[1, 2 * found["cost"]["total"], 2], [60, found["cost"]["total"], len(found["left_out"])]],
            )
            session.add(run)
            session.flush()
            return run.id

    def publish(self, plan_run_id: int) -> list[Trip]:
        with self.database.transaction() as session:
            return publish(session, plan_run_id=plan_run_id, at=NOW, by="dispatcher")

    def states(self) -> list[DeliveryState]:
        """Of every delivery order, oldest first."""
        with self.database.reading() as session:
            return list(session.scalars(select(DeliveryOrder.state).order_by(DeliveryOrder.id)))


def _by_hand(
    session: Session, stop_ids: Sequence[str], routes: Mapping[tuple[str, dt.date], Sequence[Customer]]
) -> Plan:
    served = {
        (plate, day): tuple(_stop_id(session, customer) for customer in customers)
        for (plate, day), customers in routes.items()
    }
    left = set(stop_ids) - {stop_id for stops in served.values() for stop_id in stops}
    return Plan(
        routes=tuple(Route(shift_id=_shift_id(session, *key), stops=stops) for key, stops in served.items()),
        unassigned=tuple(Unassigned(stop_id=stop_id) for stop_id in sorted(left)),
    )


def _shift_id(session: Session, plate: str, day: dt.date) -> str:
    shifts = session.scalars(select(Shift)).all()
    return next(
        f"shift:{s.id}" for s in shifts if s.vehicle.plate == plate and s.starts_at.astimezone(CHINA).date() == day
    )


def _stop_id(session: Session, customer: Customer) -> str:
    order = session.scalars(select(DeliveryOrder).where(DeliveryOrder.customer_id == customer.id)).first()
    assert order
    return f"place:{order.destination_id}"
