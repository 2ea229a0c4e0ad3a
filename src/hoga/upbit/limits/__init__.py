"""When a request may leave, so that the venue never has to refuse one. Pure."""
