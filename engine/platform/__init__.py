"""What everything stands on: settings, database, jobs, clock, files, notices, languages, errors."""
