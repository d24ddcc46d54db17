"""The language of searches and filters, one for all commands.

`parse` reads it and says what is wrong with it and where; `write` writes it; `strategy` reads it in numbered lines.
`settle` makes of an expression what indexes can be asked for, and says what changes; `evaluate` tells whether a
work satisfies one.
"""
