#!/usr/bin/env bash
# Writes a dump of docker/backup.sh into the database that .env names, and compares counts and checksums.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=docker/engine.sh
. docker/engine.sh

usage="usage: docker/restore.sh NAME [--drop]     NAME: a folder under .data/backups; --drop replaces what is there"
case ${1:-} in
  --help | -h)
    echo "$usage"
    exit 0
    ;;
  '' | -*)
    printf 'error: NAME is expected\n%s\n' "$usage" >&2
    exit 2
    ;;
esac
find_engine || {
  echo "error: $engine_reason" >&2
  exit 1
}
read -ra further <<<"${COMPOSE_ARGUMENTS:-}"
exec "${compose[@]}" "${further[@]}" run --rm backup restore --from "/backups/$(basename "$1")" "${@:2}"
