# MLflow from Python's packages, for machines that cannot reach the registry of the official image:
#   docker build -f docker/mlflow.Dockerfile -t ecobalyse/mlflow docker && MLFLOW_IMAGE=ecobalyse/mlflow docker-compose up -d
ARG DEBIAN_IMAGE=debian:bookworm-slim
FROM ${DEBIAN_IMAGE}
ARG MLFLOW_VERSION=3.17.2
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/mlflow && /opt/mlflow/bin/pip install --no-cache-dir "mlflow==${MLFLOW_VERSION}"
ENV PATH=/opt/mlflow/bin:$PATH
RUN useradd --uid 1000 --create-home mlflow && install -d -o mlflow -g mlflow /mlflow
USER 1000:1000
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=8s --start-period=90s \
  CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5000/health', timeout=5)"]
CMD ["mlflow", "server", "--host=0.0.0.0", "--port=5000"]
