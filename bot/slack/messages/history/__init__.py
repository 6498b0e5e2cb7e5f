"""What a job went through: the report, its figures, and the timeline in text."""
