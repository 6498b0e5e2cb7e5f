"""The jobs service: log-in, one shared session, and what it answers, in the language of jobs."""
