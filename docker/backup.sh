#!/usr/bin/env bash
# Dumps the database, local or Atlas, into a new folder under .data/backups, and keeps the newest ones. For cron as well:
#   15 2 * * *  /srv/ecobalyse/docker/backup.sh --keep 14
# The profile `backups` of the compose file does it without cron.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=docker/engine.sh
. docker/engine.sh

case ${1:-} in
  --keep | '') ;;
  *)
    echo "usage: docker/backup.sh [--keep NUMBER]     COMPOSE_ARGUMENTS: further arguments of compose, such as -p NAME" >&2
    exit 2
    ;;
esac
find_engine || {
  echo "error: $engine_reason" >&2
  exit 1
}
read -ra further <<<"${COMPOSE_ARGUMENTS:-}"
exec "${compose[@]}" "${further[@]}" run --rm backup backup --to /backups "$@"
