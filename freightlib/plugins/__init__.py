"""What plugs in: the contracts of plugins, the hooks that offer them, and the registry that finds what is installed.

Built-in renderers, gates and git backends come in through the same hooks.

Public: what plugins use changes only with ``freightlib.plugins.hooks.API_VERSION``.
"""
