"""Marks for tests that say something of one database engine only, or would say the same of both."""

import pytest

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
