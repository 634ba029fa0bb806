"""The world outside: UPI, mail, pictures."""
