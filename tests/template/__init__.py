"""What the stack is made of, and what is built for it."""
