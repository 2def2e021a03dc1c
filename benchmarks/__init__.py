"""Repeatable side-by-side runs against what users would pick instead; ``python -m benchmarks.run``."""
