"""An Upbit of our own: matching and ledger, and a server that speaks the wire of the real one."""
