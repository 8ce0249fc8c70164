#!/bin/sh
# Runs the tests of tracking, and of the model's folder, against a real MLflow server too. Needs Python 3.10 or later; without it, says so and succeeds.
# The virtual environment is kept in .tools/mlflow and made once.
set -eu
cd "$(dirname "$0")/../../../../.."
tools="$PWD/.tools/mlflow"
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo 'tracking on MLflow: not tested, this machine has no Python 3.10 with venv'
  exit 0
fi
if [ ! -f "$tools/ready" ]; then
  rm -rf "$tools"
  "$python" -m venv "$tools/venv"
  timeout 300 "$tools/venv/bin/pip" install --quiet 'mlflow>=2.9,<4'
  touch "$tools/ready"
fi

folder=$(mktemp -d)
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
setsid "$tools/venv/bin/mlflow" server --host 127.0.0.1 --port "$port" --workers 1 --serve-artifacts \
  --backend-store-uri "sqlite:///$folder/mlflow.db" --artifacts-destination "$folder/artifacts" >"$folder/log" 2>&1 &
server=$!
# The server is a group of processes: its workers must go with it.
trap 'kill -TERM "-$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT

deadline=$(($(date +%s) + 90))
until "$python" -c "import urllib.request as r; r.urlopen('http://127.0.0.1:$port/health', timeout=2)" 2>/dev/null; do
  if [ "$(date +%s)" -ge "$deadline" ] || ! kill -0 "$server" 2>/dev/null; then
    echo 'the MLflow server did not start:' >&2
    tail -20 "$folder/log" >&2
    exit 1
  fi
  sleep 0.5
done
MLFLOW_TEST_URI="http://127.0.0.1:$port" MLFLOW_TEST_PYTHON="$tools/venv/bin/python" timeout 400 npx vitest run \
  packages/data/tracking services/training/src/mlflow-model.test.ts
