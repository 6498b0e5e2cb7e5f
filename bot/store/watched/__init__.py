"""What keeps a destination from being notified twice: jobs watched in two ways, and jobs about to be removed."""
