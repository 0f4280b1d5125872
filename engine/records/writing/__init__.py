"""The one door for writing records: read, completed, checked, stored and told in one transaction."""
