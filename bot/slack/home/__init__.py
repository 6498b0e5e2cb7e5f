"""The Home tab: opened, used, and kept up to date."""
