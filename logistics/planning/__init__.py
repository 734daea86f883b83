"""Delivery orders and shifts become a plan of routes."""
