"""Verification of what a warehouse holds."""
