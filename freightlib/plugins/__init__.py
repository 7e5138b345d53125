"""What plugs in: the contracts of plugins, the hooks that offer them, and the registry that finds what is installed."""
