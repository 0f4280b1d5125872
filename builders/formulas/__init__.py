"""The formula editor's side of the server: the names that it offers, what is wrong with a text, a trial on a record."""
