"""What the venue's answers say, and what they mean for an order or a question. Pure."""
