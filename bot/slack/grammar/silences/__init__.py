"""What people type about times without alerts: maintenance and quiet hours."""
