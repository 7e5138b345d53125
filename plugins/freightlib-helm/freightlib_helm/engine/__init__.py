"""Helm in process. These modules run inside workers: they import nothing of freightlib."""
