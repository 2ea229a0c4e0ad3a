"""The backtest: the same brain and the same exchange on past data, one event after the other."""
