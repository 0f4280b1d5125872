"""An app's name, looks, navigation and landing pages, as its `app` definition."""
