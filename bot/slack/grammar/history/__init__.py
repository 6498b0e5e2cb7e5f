"""What may follow `history NAME`."""
