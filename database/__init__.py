"""The database room: tables, migrations, engine, roles and tenancy, embedded servers, and queries.

It knows nothing of psychometrics or HTTP. One module of `database.queries` for each aggregate.
"""
