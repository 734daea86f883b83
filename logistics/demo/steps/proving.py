"""The books proved at the end."""

from __future__ import annotations

from flask_babel import gettext as _

from inventory import stock
from logistics.demo.checks import equal
from logistics.demo.job import Job, Outcome
from logistics.demo.steps import reads


def prove_ledger(job: Job) -> Outcome:
    with job.database.reading() as session:
        proof = stock.prove(session)
        on_hand, names = reads.on_hand(session, job), reads.item_names(session)
    return Outcome(
        said=_(
            "%(movements)s movements, %(balances)s balances, %(lots)s lots",
            movements=f"{proof.movements:,}",
            balances=f"{proof.balances:,}",
            lots=proof.lots,
        ),
        figures={"movements": proof.movements, "balances": proof.balances, "findings": len(proof.findings)},
        checks=(
            equal(_("findings of the proof"), 0, len(proof.findings)),
            *(
                equal(
                    _("%(item)s received, on hand and handed over", item=names[item.code]),
                    job.county.received(item.code) + job.own.get(item.code, 0),
                    on_hand.get(item.code, 0) + job.delivered.get(item.code, 0),
                )
                for item in job.county.items
            ),
        ),
    )
