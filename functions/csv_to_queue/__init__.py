"""The function that reads an uploaded CSV file and sends its rows to the inventory queue."""
