"""The words everybody shares: events, commands, orders, markets and exact money. No I/O, no clock."""
