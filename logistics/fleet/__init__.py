"""Vehicles, passes and shifts."""
