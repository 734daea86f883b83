"""The driver's day: acts at stops, proof of delivery."""
