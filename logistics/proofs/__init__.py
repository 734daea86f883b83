"""Proofs of the books (账目核对): at will from a page, every night by a worker, at the command line."""
