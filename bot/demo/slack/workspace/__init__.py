"""A workspace as state: people, channels, messages and views."""
