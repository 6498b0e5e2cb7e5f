"""Client of the jobs service: login, one shared session, and answers as domain types."""
