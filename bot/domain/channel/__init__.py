"""What a channel, or a person's direct messages, set for all alerts there."""
