#!/bin/sh
# Runs schemathesis against the built API on fixed data: requests that its OpenAPI document describes, good and bad, must
# not find a 5xx, an undocumented status or content type, a body that its schema does not allow, or a way around the key.
# Needs Python 3.10 or later; without it, says so and succeeds. The virtual environment is kept in .tools/schemathesis.
# Usage: test-with-schemathesis.sh [requests per route and phase] [further options of "schemathesis run"]
set -eu
cd "$(dirname "$0")/../../../.."
tools="$PWD/.tools/schemathesis"
python="${PYTHON:-python3}"
examples="${1:-6}"
[ $# -eq 0 ] || shift

if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
  echo 'the OpenAPI document: not tested by schemathesis, this machine has no Python 3.10 with venv'
  exit 0
fi
if [ ! -f "$tools/ready" ]; then
  rm -rf "$tools"
  "$python" -m venv "$tools/venv"
  timeout 300 "$tools/venv/bin/pip" install --quiet 'schemathesis>=4.32,<5'
  touch "$tools/ready"
fi

folder=$(mktemp -d)
node scripts/run-source.mjs services/api/src/testing/serve-fixed-data.ts >"$folder/address" 2>"$folder/log" &
server=$!
trap 'kill -TERM "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT

deadline=$(($(date +%s) + 90))
until [ -s "$folder/address" ]; do
  if [ "$(date +%s)" -ge "$deadline" ] || ! kill -0 "$server" 2>/dev/null; then
    echo 'the API did not start:' >&2
    tail -20 "$folder/log" >&2
    exit 1
  fi
  sleep 0.5
done
read -r url key <"$folder/address"

config="$PWD/services/api/schemathesis.toml"
cd "$folder"
# Whether a product, a material or a model exists is not in the document: a request that it allows may be refused for that.
# Several times what it takes: the limit is for a run that hangs.
API_KEY="$key" timeout 900 "$tools/venv/bin/schemathesis" --config-file "$config" --no-color run "$url/openapi.json" \
  --max-examples "$examples" --generation-deterministic "$@"
