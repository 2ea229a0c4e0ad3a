"""Faults planted on purpose: each must be caught by the tests, or the tests are not what they seem."""
