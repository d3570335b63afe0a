"""The way of working that the pipeline is compared with, written for this purpose from its description.

The published sample of the article reads the whole object into memory, sends one row a message, ten to a batch, one
batch after another, and doesn't look at what SQS refused; its consumer puts one item for each message under a new random
id. Clients are made on every invocation.
"""
