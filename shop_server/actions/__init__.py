"""What a person or a job does, one story per file."""
