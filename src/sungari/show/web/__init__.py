"""The workspace: pages in the browser over the same library, the same charts and the same words as the report."""
