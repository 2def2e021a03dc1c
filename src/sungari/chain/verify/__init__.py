"""Checking a plan from the package's tables and the result tables alone.

Nothing here is shared with the code that builds and solves the model: what a row of the package means is worked out
once more, from docs/format.md, so that a slip on one side shows as a difference.
"""

from sungari.chain.verify.ledger import Verification
from sungari.chain.verify.run import verify

__all__ = ["Verification", "verify"]
