"""A small shop's whole system: what is sold, who buys, what is owed, and the pages that show it."""
