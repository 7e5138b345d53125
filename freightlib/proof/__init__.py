"""Proof of rendered commits: each is what its lock, its release and its policy yield."""
