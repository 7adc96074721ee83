//! All SQL of the services, on SQLite and PostgreSQL.
