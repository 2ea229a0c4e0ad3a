"""What a backtest came to: figures, tables, and one page that opens without a network."""
