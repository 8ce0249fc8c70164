# HAProxy from Debian's packages, for machines that cannot reach the registry of the official image:
#   docker build -f docker/proxy.Dockerfile -t ecobalyse/proxy docker && PROXY_IMAGE=ecobalyse/proxy docker-compose up -d
ARG DEBIAN_IMAGE=debian:bookworm-slim
FROM ${DEBIAN_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends haproxy \
 && rm -rf /var/lib/apt/lists/*
USER 65534:65534
