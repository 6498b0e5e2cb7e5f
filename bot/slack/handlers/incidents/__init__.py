"""What people do about incidents: take care of one, and choose how their alerts are posted."""
