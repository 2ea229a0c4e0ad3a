"""Why a run differed from its backtest: order by order, and in won."""
