"""The simulators are witnesses: what they say is tested before anything is tested by them."""
