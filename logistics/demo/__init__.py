"""A county to try everything on: generated around real towns, written as workbooks, taken in as a user's files are."""
