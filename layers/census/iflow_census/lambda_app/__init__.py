"""The Lambda driver: settings, wiring, the steps of the fan-out, logs and metrics."""
