"""What would it have earned: recorded data, backtests, sweeps, checks against self-deception, and their reports."""
