"""Verification of releases: records, payloads, the mirror, signatures, and the literal copy of the source.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""
