"""The company of the demo: its packages, iFlows and their messages, month by month."""
