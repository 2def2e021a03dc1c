"""Pages of the workspace: one file each. A new page is one more file and its line in :data:`PAGES`."""

from sungari.show.web.pages import region
from sungari.show.web.pages.page import Page

#: In the order of the navigation.
PAGES: tuple[Page, ...] = (region.PAGE,)
