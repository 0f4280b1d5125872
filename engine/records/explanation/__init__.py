"""How a value or a refusal came about, told to the one who asks as far as they may read."""
