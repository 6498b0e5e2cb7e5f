"""Bulk polling: skip single polls of jobs that the organisation's job list shows unchanged."""
