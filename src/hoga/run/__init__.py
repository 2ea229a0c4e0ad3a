"""The wiring: which parts run together in which mode, and the configuration."""
