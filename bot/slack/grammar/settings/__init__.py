"""What people type to set how alerts come to a place."""
