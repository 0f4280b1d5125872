"""What a record has to fulfil: required fields, uniqueness, and the rules that a form's author wrote."""
