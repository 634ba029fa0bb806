"""How fast the shop is, beside a bare handler of Python's own http.server that sends the same bytes: `make bench`."""
