"""A stand-in of the jobs service, made from its public pages."""
