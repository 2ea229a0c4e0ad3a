"""The exchange itself: orders, matching and an exact ledger. Pure: no wire, no clock, no chance."""
