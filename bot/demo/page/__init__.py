"""The page in the browser that looks like Slack."""
