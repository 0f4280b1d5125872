"""Many records on a page: columns, groups, colours, cards, kanban and calendar."""
