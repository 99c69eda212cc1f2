# medgraft with its command line; the workspace is mounted at /workspace (docs/operations.md).
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/medgraft
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY pipeline pipeline
COPY stages stages
RUN pip install --no-cache-dir --constraint constraints.txt '.[s3]'

# The mounted workspace has to belong to this user, or git and DVC refuse it.
RUN useradd --create-home --uid 1000 medgraft
USER medgraft
WORKDIR /workspace
ENV DVC_NO_ANALYTICS=1 \
    DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONUNBUFFERED=1

ENTRYPOINT ["medgraft"]
CMD ["status"]
