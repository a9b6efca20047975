"""The design of an experiment: from a config to conditions, samples, contrasts and checks."""
