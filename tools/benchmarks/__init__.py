"""The parts of the benchmark, a file each. Each has a `measure` that takes a binary and gives a `Part`."""

LATENCY = 0.08
"""Seconds that every call takes on its way."""
