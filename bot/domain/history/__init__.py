"""History: what happened to a job, and what follows from it."""
