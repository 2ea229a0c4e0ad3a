"""How Upbit says it: frames, requests, signatures, limits and error codes, without a socket."""
