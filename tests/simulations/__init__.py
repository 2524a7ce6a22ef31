"""Long studies by simulation; the figures they printed stand in docs/psychometrics.md."""
