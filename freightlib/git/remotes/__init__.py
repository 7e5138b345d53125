"""Remote repositories, through the git program: addresses, fetching, pushing, partial clones."""
