"""The function that applies the rows of queued messages to the inventory table."""
