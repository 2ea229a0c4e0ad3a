"""The simulated exchange without a wire: commands in, events out, each one latency later. For backtests and paper."""
