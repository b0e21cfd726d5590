"""Simulated services that the tests talk to over real HTTP on the loopback interface."""
