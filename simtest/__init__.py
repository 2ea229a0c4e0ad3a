"""The whole system in one process on a clock of its own: every run is a seed, and every seed repeats to the byte."""
