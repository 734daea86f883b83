"""Counting stores: a blind sheet for the phone or as a workbook, recounts, reasons, one document."""
