"""Goods on the way between stores: sending, signing for them, discrepancy notes and their answers, returns."""
