"""Watches of every job whose name matches a pattern, and the jobs that belong to each."""
