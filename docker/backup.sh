#!/usr/bin/env bash
# Dumps the database, local or Atlas, into a new folder under .data/backups, and keeps the newest ones. For cron as well:
#   15 2 * * *  /srv/ecobalyse/docker/backup.sh --keep 14
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=docker/engine.sh
. docker/engine.sh

keep=14
case ${1:-} in
  --keep) keep=${2:?--keep needs a number} ;;
  '') ;;
  *)
    echo "usage: docker/backup.sh [--keep NUMBER]     COMPOSE_ARGUMENTS: further arguments of compose, such as -p NAME" >&2
    exit 2
    ;;
esac
[[ $keep =~ ^[1-9][0-9]*$ ]] || {
  echo "error: --keep expects a number from 1" >&2
  exit 2
}

find_engine || {
  echo "error: $engine_reason" >&2
  exit 1
}
read -ra further <<<"${COMPOSE_ARGUMENTS:-}"
data=${DATA_DIR:-$(env_value "${ENV_FILE:-.env}" DATA_DIR)}
folder=${data:-.data}/backups
name=$(date -u +%Y-%m-%dT%H-%M-%SZ)

# A dump that did not end has no manifest: it is deleted, not kept in place of a whole one.
if ! "${compose[@]}" "${further[@]}" run --rm backup dump --to "/backups/$name"; then
  rm -rf "${folder:?}/$name"
  echo "error: the database was not dumped" >&2
  exit 1
fi
find "$folder" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??-??-??Z' | sort | head -n "-$keep" |
  while read -r old; do rm -rf "$old"; done
echo "dumped into $folder/$name"
