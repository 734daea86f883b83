"""The laws of the ledger under whatever officers do, in whatever order."""

from tests.inventory.laws.every_document import EveryDocument, walk
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


def test_every_document_in_any_order_keeps_the_laws_of_the_ledger(databases: Postgres | SqliteFiles) -> None:
    walk(EveryDocument, databases)
