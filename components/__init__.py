"""The parts of the pipeline, each a Pulumi component that is useful alone."""
