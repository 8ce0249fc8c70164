# shellcheck shell=bash disable=SC2034
# Finds the container engine and its compose. Sourced by make_build.sh, backup.sh, restore.sh and verify.sh, which run in
# the project's folder.

# Cron's PATH is short.
PATH=$PATH:/usr/local/bin:/usr/bin:/bin

# Sets `engine` and the array `compose`; returns 1 with the reason in `engine_reason` when there is none.
find_engine() {
  engine='' engine_reason='neither docker nor podman is installed'
  compose=()
  local candidate
  for candidate in docker podman; do
    command -v "$candidate" >/dev/null || continue
    if "$candidate" info >/dev/null 2>&1; then
      engine=$candidate
      break
    fi
    engine_reason="$candidate is installed, but \"$candidate info\" fails: is its service running, and may this user use it?"
  done
  [ -n "$engine" ] || return 1

  if "$engine" compose version >/dev/null 2>&1; then
    compose=("$engine" compose)
  elif [ "$engine" = docker ] && command -v docker-compose >/dev/null; then
    compose=(docker-compose)
    # The first compose leaves building to the command line, and needs its BuildKit, which Docker 23 and later keep in a plugin.
    if [ "$(docker version --format '{{.Client.Version}}' | cut -d. -f1)" -lt 23 ] || docker buildx version >/dev/null 2>&1; then
      export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-1} COMPOSE_DOCKER_CLI_BUILD=${COMPOSE_DOCKER_CLI_BUILD:-1}
    fi
  elif [ "$engine" = podman ] && command -v podman-compose >/dev/null; then
    compose=(podman-compose)
  else
    engine_reason="$engine is there, but neither \"$engine compose\" nor $engine-compose"
    return 1
  fi
}

# The value of a variable in an env file, as every reader of the file reads it (see check_spelling); empty when it is not there.
env_value() {
  sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$2[[:space:]]*=[[:space:]]*//p" "$1" | tail -n 1 |
    sed -E -e 's/[[:space:]]+$//' -e "s/^(['\"])([^'\"]*|.*)\1([[:space:]]+#.*)?$/\2/;t" -e 's/[[:space:]]+#.*$//'
}

# Names of the variables of an env file whose values the old compose, the new one and Node.js would read differently, and
# lines that not all of them take for an assignment (after a byte order mark, with a colon, with words only).
check_spelling() {
  awk -v quote="'" '
    /^[ \t\r]*(#.*)?$/ { next }
    !/^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z_0-9]*[ \t]*=/ { print "line-" NR; next }
    {
      name = $0; sub(/[ \t]*=.*$/, "", name); sub(/^[ \t]*(export[ \t]+)?/, "", name)
      value = $0; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t\r]+$/, "", value)
      comment = "([ \t]+#.*)?$"
      plain = "^[^" quote "\"`$\\\\# \t\r]*([ \t]+[^" quote "\"`$\\\\# \t\r]+)*" comment
      literal = "^" quote "[^" quote "]*" quote comment
      double = "^\"[^\"`$\\\\]*\"" comment
      good = value ~ plain || value ~ double || (value ~ literal && value !~ /\\\\/ && value !~ ("\\\\" quote) && index(value, "${") == 0)
      if (!good) print name
    }' "$1"
}
