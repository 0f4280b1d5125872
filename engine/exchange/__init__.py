"""Tables in and out: Excel and CSV files become records, records become files."""
