"""Placeholder"""
def convert(region, descriptor): return []
