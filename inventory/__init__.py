"""Stock across a tree of units, on an append-only ledger."""
