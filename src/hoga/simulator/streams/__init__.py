"""The WebSocket side of the simulated venue: subscriptions in, frames out."""
