#!/bin/sh
# Runs the tests of the statistics on a real Spark with two worker processes. Needs Python 3.9 or later, and Java 8, 11 or 17;
# without them, says so and succeeds. The virtual environment is kept in .tools/spark and made once.
set -eu
cd "$(dirname "$0")/../../../.."
tools="$PWD/.tools/spark"
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
  echo 'statistics on Spark: not tested, this machine has no Python 3.9 with venv'
  exit 0
fi
if ! java -version >/dev/null 2>&1; then
  echo 'statistics on Spark: not tested, this machine has no Java'
  exit 0
fi
if [ ! -f "$tools/ready" ]; then
  rm -rf "$tools"
  "$python" -m venv "$tools/venv"
  if ! timeout 600 "$tools/venv/bin/pip" install --quiet 'pyspark>=3.5,<4'; then
    echo 'statistics on Spark: not tested, pyspark could not be installed'
    exit 0
  fi
  touch "$tools/ready"
fi
PYSPARK_PYTHON="$tools/venv/bin/python" PYSPARK_DRIVER_PYTHON="$tools/venv/bin/python" SPARK_LOCAL_IP=127.0.0.1 \
  SPARK_TEST_SUBMIT="$tools/venv/bin/spark-submit" timeout 700 npx vitest run services/stats/src/spark-statistics.test.ts
