"""What bears on a watch when its job changes: other watches of that job, whom its alerts call, what mutes or holds them
back, and what is known of when a status began."""
