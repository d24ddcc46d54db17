"""The citation graph: built from works and citations, measured, and written for other tools."""
