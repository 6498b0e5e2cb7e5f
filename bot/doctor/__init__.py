"""The doctor: checks everything that a start needs and says how to fix each fault."""
