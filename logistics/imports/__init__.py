"""Workbooks of any kind, taken in whole or not at all."""
