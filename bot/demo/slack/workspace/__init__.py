"""A workspace as state: people, channels, messages, views and files."""
