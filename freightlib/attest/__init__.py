"""Attests what a rendered commit was made of: an in-toto Statement with a SLSA provenance predicate.

    from freightlib import attest

    attestation = attest("gitops", "production")
    print(attestation.commit, attestation.statement["subject"][0]["digest"])
    open("production.json", "wb").write(attestation.data)

The subject is the tree of the manifests; release, policy, source commit and image stand under it by id. The commit is
audited first, and nothing that fails is attested.
"""

from freightlib.attest.verbs import Attestation, attest

__all__ = ["Attestation", "attest"]
