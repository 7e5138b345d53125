"""Built-in checks of renderings: ``plaintext-secrets``."""
