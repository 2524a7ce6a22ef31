"""`qbank run` killed at random points: what is served is always whole, the old or the new, and a rerun completes."""
