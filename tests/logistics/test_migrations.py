"""Going to the next version with a county's rows in the tables."""

from alembic import command
from sqlalchemy import text

from inventory.units import subtree
from logistics.db import Database, alembic_config


def test_items_known_before_there_were_hazards_are_taken_carefully(database_url: str) -> None:
    database = Database(database_url)
    _go(database, "0002")
    with database.transaction() as session:
        for id_, code, kind in ((1, "XD84", "disinfectant"), (2, "JJ75", "alcohol"), (3, "KZ", "protection")):
            session.execute(
                text(
                    "INSERT INTO item (id, code, name, kind, base_unit, weight_mg, volume_ul) "
                    "VALUES (:id, :code, :code, :kind, 'g', 0, 0)"
                ),
                {"id": id_, "code": code, "kind": kind},
            )
        session.execute(text("INSERT INTO pack (id, item_id, word, size) VALUES (1, 1, 'kg', 1000)"))
    _go(database, "0003")
    with database.reading() as session:
        hazards = session.execute(text("SELECT code, hazard, class_numerator FROM item ORDER BY id")).all()
        assert [tuple(row) for row in hazards] == [("XD84", "chlorine", 1), ("JJ75", "flammable", 1), ("KZ", "none", 1)]
        assert session.scalar(text("SELECT word FROM pack")) == "kg"
    with database.engine.connect() as connection, connection.begin():
        command.downgrade(alembic_config(connection), "0002")
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM item")) == 3
    database.dispose()


def test_units_known_before_the_tree_was_spelled_out_are_found_below_each_other(database_url: str) -> None:
    database = Database(database_url)
    _go(database, "0009")
    with database.transaction() as session:
        for id_, parent_id in ((1, None), (2, 1), (3, 2), (4, None)):
            session.execute(
                text(
                    "INSERT INTO unit (id, code, name, kind, tier, parent_id, address, contact, phone, headcount) "
                    "VALUES (:id, :id, :id, 'other', 'other', :parent_id, '', '', '', 0)"
                ),
                {"id": id_, "parent_id": parent_id},
            )
    _go(database, "head")
    with database.reading() as session:
        below = {top_id: set(session.scalars(subtree(top_id))) for top_id in (1, 2, 3, 4)}
    assert below == {1: {1, 2, 3}, 2: {2, 3}, 3: {3}, 4: {4}}
    database.dispose()


def _go(database: Database, revision: str) -> None:
    with database.engine.connect() as connection, connection.begin():
        command.upgrade(alembic_config(connection), revision)
