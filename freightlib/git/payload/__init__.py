"""Hygiene of a payload: the one judge of names, modes, links and sizes, for copying a tree and for verifying one."""
