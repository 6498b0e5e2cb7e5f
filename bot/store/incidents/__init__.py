"""Incidents: what fails at a destination, the message that shows it, and what a channel chose about threads."""
