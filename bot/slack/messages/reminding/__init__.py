"""What follows an alert while nobody acts, in words."""
