"""Walks over the commits of a branch."""
