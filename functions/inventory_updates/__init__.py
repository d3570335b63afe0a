"""What the two functions share: rows, messages, versions and receipts."""
