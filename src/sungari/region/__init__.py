"""What is known: a region's facts as a checked, unit-aware, sourced data package."""

from sungari.region.descriptor import Settings
from sungari.region.package import Region
from sungari.region.regions import open_region, packaged

__all__ = ["Region", "Settings", "open_region", "packaged"]
