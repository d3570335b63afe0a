"""The Pulumi engine: found, or built from its Go module, with a Python language host."""
