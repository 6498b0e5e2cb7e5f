"""The demo's page: a small imitation of Slack in the browser, and a drawer that controls what is around the bot."""
