"""Decide: which joint projects are worth it, which to build, and how the parties share what they bring."""
