"""What every rule stands on: resources and their values, the form of a rule, and the service that the engine calls."""
