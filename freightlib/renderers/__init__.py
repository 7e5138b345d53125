"""Built-in renderers: ``copy``."""
