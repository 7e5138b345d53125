"""Repositories on this machine and cached copies of remote ones."""
