"""Links to the pages of jobs."""
