"""The use cases: the monthly census, the checkpoint in mid-month, and their verification.

All of them raise `CensusError` if the store fails; what else they raise is in their docstrings.
"""
