"""The tables, and statements that SQLAlchemy has no portable form of."""
