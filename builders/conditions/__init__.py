"""What the condition editor asks of the server: fields to build from, choices of values, and plain sentences."""
