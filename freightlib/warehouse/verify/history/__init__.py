"""Every commit of a branch, judged by what it did to the warehouses."""
