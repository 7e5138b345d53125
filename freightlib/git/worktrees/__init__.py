"""Work trees: whether they are clean, and how they follow a branch that moved."""
