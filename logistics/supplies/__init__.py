"""Stock, documents, requisitions and allocations: pages and API over `inventory`."""
