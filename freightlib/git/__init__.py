"""The built-in git backend, on libgit2."""
