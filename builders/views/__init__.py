"""The view builder: how a form's list looks, arranged by dragging; and a field added from the list's last column."""
