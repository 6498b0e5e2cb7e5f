"""The teller: takes waiting deliveries from the store and sees that each is told."""
