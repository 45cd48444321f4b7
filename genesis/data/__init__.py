"""The database: schema, journal, snapshots, questions, audit."""
