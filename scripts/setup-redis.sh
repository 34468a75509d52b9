#!/usr/bin/env bash
# Sees that there is a Redis server for the tests of queues: the Debian package `redis-server`, where none is installed.
# The tests start it themselves, on a port and in a folder of its own.
#
#   usage: scripts/setup-redis.sh
set -euo pipefail

fail() { printf 'setup:redis: %s\n' "$*" >&2; exit 1; }

if ! command -v redis-server >/dev/null; then
  command -v apt-get >/dev/null || fail 'needs redis-server on the PATH (6.2 or later)'
  as=()
  [ "$(id -u)" = 0 ] || as=(sudo)
  "${as[@]}" apt-get update -qq || fail 'the package index is out of reach'
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null ||
    fail 'apt-get could not install redis-server'
fi
redis-server --version
