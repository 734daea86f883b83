"""Whom we serve and what is to be carried to them."""
