"""Releases in a GitOps repository: reading, freezing, restoring, removing and verifying them."""
