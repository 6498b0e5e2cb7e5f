"""Slack: what people type, what they see, and how messages reach them."""
