"""Who somebody is and what they may do: people, departments, roles, grants, sessions and keys."""
