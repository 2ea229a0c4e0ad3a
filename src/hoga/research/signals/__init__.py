"""The vectorised form of a strategy, run by a compiled loop of the same rules and checked against its event form."""
