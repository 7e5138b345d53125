"""Built-in git backend: ``libgit2`` (the only user of pygit2)."""
