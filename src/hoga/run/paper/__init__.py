"""Paper trading: the public feed of a venue, our own matching in this process, and no way to place a real order."""
