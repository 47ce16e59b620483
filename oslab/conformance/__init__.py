"""The conformance suite: what keeps every exercise good, ours and third parties'."""
