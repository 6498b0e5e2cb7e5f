"""The Web API over HTTP, and how Slack reaches the bot."""
