"""What each command, button and channel event does."""
