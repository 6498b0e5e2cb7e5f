"""What must survive a restart: watched jobs, subscriptions, changes and deliveries."""
