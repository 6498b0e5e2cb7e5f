"""What people type after `/job`: text to commands and back. Pure."""
