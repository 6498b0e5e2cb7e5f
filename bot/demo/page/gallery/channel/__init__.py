"""Views about a place as a whole."""
