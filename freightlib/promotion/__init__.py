"""Moving releases through stages: admission, proposals, pull requests, landing, rolling back, commits."""
