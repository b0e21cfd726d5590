"""HTTP exchanges: paced, retried under one deadline, their failures translated."""
