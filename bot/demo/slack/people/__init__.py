"""What people do in Slack, and what Slack sends to the app about it."""
