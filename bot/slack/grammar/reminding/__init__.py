"""The clauses of a watch that say what follows an alert while nobody acts."""
