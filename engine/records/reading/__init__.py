"""The one door for reading records: conditions, grants, sorting and totals become one statement."""
