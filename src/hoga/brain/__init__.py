"""What we decide: the strategy interface, the portfolio and the risk limits."""
