"""What an iFlow connects, read from its model: pure functions on the content of its zip file."""
