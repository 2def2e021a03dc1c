"""What several test files share."""

from __future__ import annotations

import pytest
from tiny import tiny_region

from sungari.region.package import Region


@pytest.fixture
def tiny() -> Region:
    """A tiny region with a row in every table, in which nothing is wrong or odd."""
    return tiny_region()
