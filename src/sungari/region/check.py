"""Placeholder"""
def check(region): return list(region.problems)
