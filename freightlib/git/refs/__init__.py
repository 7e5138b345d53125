"""References: moving several at once by compare-and-swap, git's lock files, and reflogs."""
