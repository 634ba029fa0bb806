"""What the shop does by itself at set times."""
