"""The laws of the ledger, of promises and of trips under whatever dispatchers and drivers do, in whatever order."""

from tests.inventory.laws.every_document import EXAMPLES, walk
from tests.logistics.laws.carried import Carrying
from tests.postgres import Postgres
from tests.sqlite_files import SqliteFiles


def test_what_is_carried_in_any_order_keeps_the_laws_of_the_ledger(databases: Postgres | SqliteFiles) -> None:
    walk(Carrying, databases, examples=EXAMPLES // 2 + 1)
