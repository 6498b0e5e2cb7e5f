"""What people choose for all alerts at a place."""
