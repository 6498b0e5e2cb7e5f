"""Alerts: a digest of notifications as one message."""
