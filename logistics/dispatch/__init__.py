"""Publishing a plan, and the trips that come of it."""
