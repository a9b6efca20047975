"""Files of answers that exist already, read in three steps.

`formats` turns a file into rows of named cells, `columns` says which cell of a row holds what, and
`shapes` reads the text of an answer out of a cell, whatever a tool has wrapped around it.
"""
