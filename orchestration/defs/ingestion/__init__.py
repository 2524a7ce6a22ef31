"""What comes in: telemetry events and responses."""
