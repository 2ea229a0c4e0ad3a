"""The REST side of the simulated venue: requests in, answers in the venue's own spelling out."""
