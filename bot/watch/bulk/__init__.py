"""Bulk polling: the organisation's job list shows which jobs are unchanged, so that they need no single poll."""
