"""The roles of an app: who may do what with which rows and fields."""
