"""Slack's Web API, its requests by HTTP or Socket Mode, and its error codes."""
