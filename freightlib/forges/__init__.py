"""The forge that comes with freightlib: none."""
