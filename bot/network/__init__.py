"""How the bot reaches other machines: by which proxy, and whose certificates it trusts."""
