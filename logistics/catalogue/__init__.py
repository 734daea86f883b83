"""The catalogue of items and the tree of units: looked through, described, found by their barcodes."""
