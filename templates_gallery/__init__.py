"""What one can start from: ready-made apps, and the making of their sample data."""
