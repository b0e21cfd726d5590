"""The steps of a run, and the state machine that drives them."""
