"""Benchmarks: each module is one command, `python -m benchmarks.<name>`, and prints ratios of one run."""
