"""The life of one WebSocket as decisions: when to connect, what to send, when it is dead. Pure."""
