"""What a bot may do: the limits, the controls before every order, what they remember, and the kill switch. Pure."""
