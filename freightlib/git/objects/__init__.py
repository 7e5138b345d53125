"""Git objects: commits, loose objects, packs, and writing many of them at once."""
