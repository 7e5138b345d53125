"""The built-in renderer ``copy``, transform ``common-labels`` and check ``plaintextSecrets``.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
