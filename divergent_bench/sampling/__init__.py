"""Getting answers: the gateway and its ledger, and the providers behind it."""
