"""What the market around the users does: synthetic or replayed, with its candles."""
