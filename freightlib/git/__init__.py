"""Git repositories: objects, refs, history, worktrees, remotes and signatures.

``contract.py`` says what a git backend offers. ``libgit2_backend.py`` is the built-in backend.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
