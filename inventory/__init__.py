"""The operator's command: local stack, ingest, receipts, outputs."""
