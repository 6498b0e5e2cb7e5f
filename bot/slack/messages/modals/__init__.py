"""What opens in a window of its own, and only shows: each modal as Slack's views API takes it."""
