"""The small trained encoder that reads attributions and stances: its input, and running it."""
