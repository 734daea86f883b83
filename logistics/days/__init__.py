"""Closing the day: who has closed which days, a closing with its figures, reopening."""
