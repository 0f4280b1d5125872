"""The form designer: fields dragged onto the form as it will look, one place for all that belongs to a form."""
