"""Every message and reply, as Block Kit. Pure."""
