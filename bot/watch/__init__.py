"""The watcher: looks at each watched job when it is due and records what changed."""
