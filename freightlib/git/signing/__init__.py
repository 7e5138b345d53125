"""Signatures of commits: making and checking them."""
