"""The Home tab as blocks. Pure."""
