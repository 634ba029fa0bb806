"""The only home of MongoDB: finding, keeping and changing what the shop remembers."""
