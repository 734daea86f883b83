"""Lots: what expires, what may not be used, who holds it, and its end."""
