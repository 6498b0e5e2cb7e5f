"""What is said about a place as a whole: what was chosen for it, and what comes there by a schedule."""
