"""The account of a search, from recorded facts: what a review has to say of how it searched.

`account` gathers the facts, each figure with the question that gives it. The rest lays them out: as pages (`markdown`,
`html`, `docx`), as one JSON document (`document`), as the flow diagram of PRISMA 2020 (`flow_svg`) and as a table of
every search (`search_table`). Nothing is said that the library has not on record; what the authors have to add is
named.
"""

from harvester.review.document import document
from harvester.review.facts import Account, account
from harvester.review.figures import Figure
from harvester.review.flow import flow_svg
from harvester.review.html import html
from harvester.review.markdown import markdown
from harvester.review.table import search_table
from harvester.review.word import docx

__all__ = ["Account", "Figure", "account", "document", "docx", "flow_svg", "html", "markdown", "search_table"]
