#!/usr/bin/env bash
# Builds the images, brings the whole stack up beside whatever else runs, puts it to the test (docker/testing/verify.mjs) and
# takes it down again. It begins with the images of an older commit, which are then upgraded. Its project, images, ports and
# folders are its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=docker/engine.sh
. docker/engine.sh

usage() {
  cat <<END
usage: docker/verify.sh [options]

  --if-engine   where no container engine runs, or no base image can be had: say so and end well
  --keep        leave the stack running at the end
  --from COMMIT the older images are of this commit; by default of the one before HEAD. "none": no upgrade
  --help        this text

NODE_IMAGE, REDIS_IMAGE, MONGO_IMAGE, MLFLOW_IMAGE and PROXY_IMAGE name other images, as for docker-compose.
END
}

if_engine='' keep='' from=HEAD~1
while [ $# -gt 0 ]; do
  case $1 in
    --from)
      from=${2:?--from needs a commit, or none}
      shift
      ;;
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
  shift
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
# instead NAME FILE WHAT: an image from packages takes the place of one that cannot be had.
instead() {
  local image=${!1:-$(default_of "$1")}
  if ! have_image "$image"; then
    skipped+=("$3's own image: $image cannot be pulled; one from packages takes its place")
    image=ecobalyse-verify/${3,,}:latest
    have_image debian:bookworm-slim || not_possible "neither an image of $3 nor debian:bookworm-slim can be had"
    echo "Building $3 from packages…"
    timeout 600 "$engine" build -q -f "docker/$2" -t "$image" docker >/dev/null || not_possible "$3 could not be installed"
  fi
  export "$1=$image"
}
instead MLFLOW_IMAGE mlflow.Dockerfile MLflow
instead PROXY_IMAGE proxy.Dockerfile HAProxy
# A task is retried soon, and a dead worker's job taken over soon; a 503 means that something is away, since nobody sheds
# load because the machine has other work.
work=$(mktemp -d)
read -r api_port orchestrator_port mlflow_port proxy_port < <(node -e '
  const { createServer } = require("node:net");
  const servers = [0, 0, 0, 0].map(() => createServer().listen(0, "127.0.0.1"));
  Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve)))).then(() => {
    console.log(servers.map((server) => server.address().port).join(" "));
    for (const server of servers) server.close();
  });')
# Every printable character, in each of the three ways that one can be given: in the environment all of them, in single
# quotes all but that quote, in double quotes all but those that mean something there.
printable=$(node -p 'String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 33))')
export MONGO_PASSWORD="p w$printable" API_KEY="k $printable" ALERT_WEBHOOK_SECRET="s $printable"
in_single=" ${printable//\'/}é"
in_double=" ${printable//[\"\`\$\\\\]/}é"
{
  cat .env.example
  cat <<END
IMAGE_PREFIX=ecobalyse-verify
DATA_DIR=$work/data
API_PORT=$api_port
ORCHESTRATOR_PORT=$orchestrator_port
MLFLOW_PORT=$mlflow_port
PROXY_PORT=$proxy_port
COMPOSE_PROFILES=local-mongo,offline,replicas,backups
TRUSTED_PROXIES=loopback,uniquelocal
RATE_LIMIT_PER_ADDRESS=300
BACKUP_KEEP=2
ALERT_WEBHOOK_URL=http://hook:9000/told
ALERT_ALLOW_PRIVATE=true
SCHEDULE_ECOBALYSE_EXTRACT=off
SCHEDULE_ECOBALYSE_TRAINING=off
SCHEDULE_ECOBALYSE=off
TASK_RETRY_DELAY_MS=2000
JOB_LOCK_MS=5000
TRAINING_EFFORT=0.1
TRAINING_DESIGN=400
INGEST_SETTLE_SECONDS=0
MAX_EVENT_LOOP_DELAY_MS=0
QUEUE_REDIS_PASSWORD='q$in_single'
CACHE_REDIS_PASSWORD="c$in_double"
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

build() {
  local started=$SECONDS
  echo "Building the images of $1…"
  (cd "$2" && ./make_build.sh --offline --env-file "$work/env") >"$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log"
    exit 1
  }
  echo "Built in $((SECONDS - started)) s."
}
if [ "$from" != none ] && ! git rev-parse --quiet --verify "$from^{commit}" >/dev/null; then
  skipped+=("the upgrade: the commit $from is not here")
elif [ "$from" != none ]; then
  export VERIFY_BEFORE=$work/before
  mkdir "$VERIFY_BEFORE"
  git archive "$from" | tar -x -C "$VERIFY_BEFORE"
  IMAGE_TAG=before build "$from" "$VERIFY_BEFORE"
fi
build 'these sources' .

node docker/testing/verify.mjs "$engine" "$work/env" "${stack[@]}"
for line in "${skipped[@]}"; do echo "skipped: $line"; done
