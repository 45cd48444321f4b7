"""Real servers that suites start, use and break: PostgreSQL alone, and three Patroni nodes with etcd.

Everything comes from requirements.txt; nothing is installed by hand. All listen on loopback only, with passwords (scram-sha-256), on
ports that the system chooses and that stay the same over restarts. Their data lies in a directory of its own under the system's
temporary directory and goes with them; their logs lie in the world's directory.

One server, and one database of one's own in it:

    server = PostgresServer("database", children, directory)      # a Scope's children and a directory for its log
    server.start(Deadline(30))
    database = server.create_database("main")                     # a Database: fresh, its owner is a role of its own
    database.url            # "postgresql://main_1@127.0.0.1:40123/main_1", no password in it
    database.password       # registered for redaction
    database.url_with_password
    database.connect()      # psycopg, autocommit; as its owner
    server.connect()        # psycopg, autocommit; as superuser, to database postgres
    server.kill("why"); server.start(Deadline(30)); server.freeze(); server.thaw(); server.stop("why", Deadline(10))
    server.close()          # whatever state it is in: no process, no directory is left

In suites the session has it: `session.database_server()` is the one shared PostgreSQL server of the suite file (started when it is first
asked for, gone with the suite), and `session.new_engine` gives each engine a database of its own there when the suites run with
`--variable DATABASE:postgresql`. The engine gets `[database] url` (with several hosts where a cluster is behind it) and `password_env`;
the password is in its environment under that name and in no file.
"""
