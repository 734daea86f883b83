"""Norms, facts of units, needs and cover, dosing, consumption by task, reordering: pages and API over `inventory`."""
