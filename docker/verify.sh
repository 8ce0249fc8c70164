#!/usr/bin/env bash
# Builds the images, brings the whole stack up beside whatever else runs, puts it to the test (docker/verify.mjs) and
# takes it down again. Its project, images, ports and folders are its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=docker/engine.sh
. docker/engine.sh

usage() {
  cat <<END
usage: docker/verify.sh [options]

  --if-engine   where no container engine runs, or no base image can be had: say so and end well
  --keep        leave the stack running at the end
  --help        this text

NODE_IMAGE, REDIS_IMAGE, MONGO_IMAGE and MLFLOW_IMAGE name other images, as for docker-compose.
END
}

if_engine='' keep=''
for argument in "$@"; do
  case $argument in
    --if-engine) if_engine=yes ;;
    --keep) keep=yes ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
done

not_possible() {
  echo "containers: not verified: $*"
  if [ -n "$if_engine" ]; then exit 0; else exit 1; fi
}

have_image() {
  "$engine" image inspect "$1" >/dev/null 2>&1 || timeout 300 "$engine" pull --quiet "$1" >/dev/null 2>&1
}

find_engine || not_possible "$engine_reason"
command -v node >/dev/null || not_possible 'node is needed to run the checks'
skipped=()
[ "$engine" = docker ] || skipped+=("docker: the engine here is $engine")

default_of() { sed -n "s/^# $1=//p" .env.example; }
for name in NODE_IMAGE REDIS_IMAGE; do
  image=${!name:-$(default_of "$name")}
  have_image "$image" || not_possible "the image $image is not here and cannot be pulled ($name)"
done
files=(-f docker-compose.yml)
mongo=${MONGO_IMAGE:-$(default_of MONGO_IMAGE)}
if ! have_image "$mongo"; then
  skipped+=("MongoDB and its password: the image $mongo cannot be pulled; the embedded database takes its place")
  files+=(-f docker/compose.embedded.yml)
fi
export MLFLOW_IMAGE=${MLFLOW_IMAGE:-$(default_of MLFLOW_IMAGE)}
if ! have_image "$MLFLOW_IMAGE"; then
  skipped+=("MLflow's own image: $MLFLOW_IMAGE cannot be pulled; one from Python's packages takes its place")
  MLFLOW_IMAGE=ecobalyse-verify/mlflow:latest
  have_image debian:bookworm-slim || not_possible 'neither an image of MLflow nor debian:bookworm-slim can be had'
  echo 'Building MLflow from packages of Python…'
  timeout 600 "$engine" build -q -f docker/mlflow.Dockerfile -t "$MLFLOW_IMAGE" docker >/dev/null ||
    not_possible 'MLflow could not be installed'
fi
# A task is retried soon, and a dead worker's job taken over soon; a 503 means that something is away, since nobody sheds
# load because the machine has other work.
work=$(mktemp -d)
read -r api_port orchestrator_port mlflow_port < <(node -e '
  const { createServer } = require("node:net");
  const servers = [0, 0, 0].map(() => createServer().listen(0, "127.0.0.1"));
  Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve)))).then(() => {
    console.log(servers.map((server) => server.address().port).join(" "));
    for (const server of servers) server.close();
  });')
{
  cat .env.example
  cat <<END
IMAGE_PREFIX=ecobalyse-verify
DATA_DIR=$work/data
API_PORT=$api_port
ORCHESTRATOR_PORT=$orchestrator_port
MLFLOW_PORT=$mlflow_port
SCHEDULE_ECOBALYSE_EXTRACT=off
SCHEDULE_ECOBALYSE_TRAINING=off
SCHEDULE_ECOBALYSE=off
TASK_RETRY_DELAY_MS=2000
JOB_LOCK_MS=5000
TRAINING_EFFORT=0.1
TRAINING_DESIGN=400
INGEST_SETTLE_SECONDS=0
MAX_EVENT_LOOP_DELAY_MS=0
MONGO_PASSWORD='p@ss:w/ord?# %40 "\$x" <&>'
QUEUE_REDIS_PASSWORD='qu@eue:/?#[] "\x" \$HOME %%'
CACHE_REDIS_PASSWORD='c@che ; "\n" & | * ~ é'
END
} >"$work/env"

project=ecobalyse-verify-$$
stack=("${compose[@]}" -p "$project" --env-file "$work/env" "${files[@]}")
take_down() {
  status=$?
  if [ -n "$keep" ]; then
    echo "Left running: ${stack[*]}"
  else
    echo 'Taking the stack down…'
    "${stack[@]}" down --volumes --timeout 20 >"$work/down.log" 2>&1 || cat "$work/down.log"
    if [ -n "$("$engine" ps -aq --filter "label=com.docker.compose.project=$project")" ]; then
      echo 'error: containers are left over' >&2
      status=1
    fi
    rm -rf "$work"
  fi
  exit "$status"
}
trap take_down EXIT
trap 'exit 143' TERM INT

started=$SECONDS
echo 'Building the images…'
./make_build.sh --offline --env-file "$work/env" >"$work/build.log" 2>&1 || {
  tail -n 30 "$work/build.log"
  exit 1
}
echo "Built in $((SECONDS - started)) s."

node docker/verify.mjs "$engine" "$work/env" "${stack[@]}"
for line in "${skipped[@]}"; do echo "skipped: $line"; done
