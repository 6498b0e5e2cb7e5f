"""What a destination watches: the list, and jobs that are watched in two ways."""
