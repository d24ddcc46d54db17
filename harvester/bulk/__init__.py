"""OpenAlex as a whole: its snapshot read with DuckDB, for what is too large to be asked for over the network.

`snapshot` finds the files and says whether they are all there; `jobs` has the SQL that is run over each of them;
`carve` selects works and brings them into a library as the very records that the API gives. A file of the snapshot
is to a carve what a question is to a harvest: read, kept and marked as done in one transaction, so that a carve that
was killed goes on with the next file.
"""
