#!/usr/bin/env bash
# Builds every container image of the platform, and prepares .env and the data folders.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=docker/engine.sh
. docker/engine.sh

SERVICES=(api orchestrator extraction product-ingest stats training simulator database)

usage() {
  cat <<END
usage: ./make_build.sh [options]

  --service NAME   build this image only (may be repeated): ${SERVICES[*]}
  --offline        let .env name the offline simulator as the upstream API, unless it names one already
  --no-cache       build everything anew
  --env-file FILE  the file to prepare, in place of .env
  --prepare        prepare .env and the data folders, and build nothing
  --help           this text

Empty passwords and an empty API_KEY in .env get random values, unless the environment has them; what is there is never changed.
END
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

env_file=.env offline='' build=yes
arguments=() chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --service | --env-file) [ $# -gt 1 ] || fail "$1 needs a value" ;;&
    --service)
      [[ " ${SERVICES[*]} " == *" $2 "* ]] || fail "unknown service $2; there are: ${SERVICES[*]}"
      chosen+=("$2")
      shift
      ;;
    --env-file)
      env_file=$2
      shift
      ;;
    --offline) offline=yes ;;
    --no-cache) arguments+=(--no-cache) ;;
    --prepare) build='' ;;
    --help | -h)
      usage
      exit 0
      ;;
    *) fail "unknown option $1 (./make_build.sh --help)" ;;
  esac
  shift
done

# Writes NAME=value in place of an empty assignment, or at the end.
set_value() {
  local updated
  updated=$(NAME=$1 VALUE=$2 awk '
    !done && $0 ~ "^[ \t]*(export[ \t]+)?" ENVIRON["NAME"] "[ \t]*=[ \t]*(\"\"|'"''"')?[ \t\r]*$" { print ENVIRON["NAME"] "=" ENVIRON["VALUE"]; done = 1; next }
    { print }
    END { if (!done) print ENVIRON["NAME"] "=" ENVIRON["VALUE"] }' "$env_file")
  printf '%s\n' "$updated" >"$env_file"
}

prepare_env() {
  local name
  if [ ! -e "$env_file" ]; then
    (umask 077 && cp .env.example "$env_file")
    echo "$env_file written from .env.example"
  fi
  [ -w "$env_file" ] || fail "$env_file cannot be written by this user"
  chmod 600 "$env_file"
  local unclear
  unclear=$(check_spelling "$env_file" | tr '\n' ' ')
  [ -z "$unclear" ] || fail "$env_file: compose and Node.js would not read the same value for ${unclear% }:" \
    "write NAME='value' (without ' , \\\\ and \${ in it, in UTF-8 without a byte order mark), or set it in the environment"
  for name in API_KEY MONGO_PASSWORD QUEUE_REDIS_PASSWORD CACHE_REDIS_PASSWORD; do
    # The environment wins for compose; where it is missing later, an empty value is noticed and a wrong one is not.
    [ -z "${!name:-}$(env_value "$env_file" "$name")" ] || continue
    set_value "$name" "$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')"
    echo "$env_file: $name has a new random value"
  done
  if [ -n "$offline" ] && [ -z "$(env_value "$env_file" ECOBALYSE_API_URL)" ]; then
    set_value ECOBALYSE_API_URL http://simulator:8001/api
  fi
  if [ -z "$(env_value "$env_file" COMPOSE_PROFILES)" ]; then
    local profiles=()
    [ -n "$(env_value "$env_file" MONGODB_URI)" ] || profiles+=(local-mongo)
    [ -z "$offline" ] || profiles+=(offline)
    [ ${#profiles[@]} -eq 0 ] || set_value COMPOSE_PROFILES "$(IFS=, && echo "${profiles[*]}")"
  elif [ -n "$offline" ] && [[ ",$(env_value "$env_file" COMPOSE_PROFILES)," != *,offline,* ]]; then
    fail "$env_file has COMPOSE_PROFILES without offline: add it there"
  fi
  if [ "$(id -u)" -ne 0 ] && [ "$(id -u)" -ne 1000 ] && [ -z "$(env_value "$env_file" CONTAINER_USER)" ]; then
    set_value CONTAINER_USER "$(id -u):$(id -g)"
  fi
}

# The folders that containers write into belong to the user they run as.
prepare_folders() {
  local data owner
  data=$(env_value "$env_file" DATA_DIR)
  data=${data:-.data}
  owner=$(env_value "$env_file" CONTAINER_USER)
  mkdir -p "$data/products" "$data/backups"
  if [ "$(id -u)" -eq 0 ]; then chown "${owner:-1000:1000}" "$data/products" "$data/backups"; fi
}

find_engine || fail "$engine_reason"
echo "Engine: $("$engine" --version); compose: ${compose[*]}"
prepare_env
prepare_folders

if [ -n "$build" ]; then
  [ ${#chosen[@]} -gt 0 ] || chosen=("${SERVICES[@]}")
  revision=$(git rev-parse HEAD 2>/dev/null || true)
  "${compose[@]}" --env-file "$env_file" build "${arguments[@]}" --build-arg "REVISION=$revision" "${chosen[@]}"
fi

up="${compose[*]}$([ "$env_file" = .env ] || echo " --env-file $env_file") up -d"
api_host=$(env_value "$env_file" API_HOST) api_port=$(env_value "$env_file" API_PORT)
cat <<END

Next:
  $up
  curl "http://${api_host:-127.0.0.1}:${api_port:-8000}/health/ready"
The API key is in $env_file. The first data comes with the pipeline ecobalyse_extract: see docs/operations.md.
END
