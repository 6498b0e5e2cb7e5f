"""What each command and each press of a button does."""
