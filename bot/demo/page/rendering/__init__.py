"""Block Kit, mrkdwn and rich text as HTML. Pure, apart from reading the templates."""
