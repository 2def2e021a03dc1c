"""The chain model: resources – production capacity – market."""

from sungari.chain.plan import Plan, open_plan
from sungari.chain.solve import solve

__all__ = ["Plan", "open_plan", "solve"]
