"""Skeletons that freight writes to start from."""
