"""Cover: the fund that compensates projects for losses – how large, who pays in, what cover costs, when it runs dry."""

from sungari.cover import fund

__all__ = ["fund"]
