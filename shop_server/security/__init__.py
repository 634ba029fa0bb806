"""Passwords, tokens and limits against guessing."""
