"""The use cases: the monthly census, the checkpoint in mid-month, and their verification."""
