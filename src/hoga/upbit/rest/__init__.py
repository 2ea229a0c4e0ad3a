"""The venue's calls as requests: what is sent, what is hashed, which limit is spent. Pure."""
