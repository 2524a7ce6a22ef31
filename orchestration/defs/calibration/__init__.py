"""From usable responses to served parameters: snapshot, fit, checks, publish, report."""
