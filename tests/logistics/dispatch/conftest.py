"""A plan over the small county: the van serves the shop (two orders) on Sunday, the far shop is left out."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from logistics.db import Database
from tests.county import TODAY, County
from tests.logistics.dispatch.desk import Desk


@pytest.fixture
def desk(database: Database, county: County) -> Desk:
    """The shop in town has ordered twice (50 and 20 条: 18.2 kg, 91 l), the far one once (100 条: 26 kg, 130 l)."""
    desk = Desk(database=database, county=county)
    desk.order(county.shop, 50)
    desk.order(county.shop, 20)
    desk.order(county.far_shop, 100)
    return desk


@pytest.fixture
def planned(desk: Desk) -> int:
    """The id of a run that is done: van on Sunday to the shop, far shop left out."""
    return desk.plan({(desk.county.van.plate, TODAY): [desk.county.shop]})


@pytest.fixture
def released(desk: Desk, planned: int) -> int:
    """The id of the one trip of that plan."""
    return desk.publish(planned)[0].id


@pytest.fixture
def change(database: Database) -> Callable[[Callable[[Session], object]], None]:
    """`change(lambda session: …)`: something else happens meanwhile."""

    def do(act: Callable[[Session], object]) -> None:
        with database.transaction() as session:
            act(session)

    return do
