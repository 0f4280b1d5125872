"""What every page has around it: the frame, the session, its language, its headers, and what it says when something goes wrong."""
