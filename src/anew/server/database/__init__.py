"""What the server remembers: keys, files, jobs, responses. SQLite in ANEW_HOME by default, PostgreSQL by URL."""
