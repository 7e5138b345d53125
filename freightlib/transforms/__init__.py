"""Built-in transforms: ``common-labels``."""
