"""The shortcuts that Slack offers at the message field and beside each message."""
