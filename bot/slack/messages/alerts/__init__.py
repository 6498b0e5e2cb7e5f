"""Alerts: what waits for one destination, as one message."""
