"""How records lie in PostgreSQL: the tables of a form, their columns and indexes, and the statements that write rows."""
