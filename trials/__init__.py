"""Long runs over real sockets with a bar each: what a test of seconds cannot show. `python -m trials` lists them."""
