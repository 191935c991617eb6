#!/usr/bin/env bash
# Fails when a Go file is not formatted, or a shell script does not parse.
set -euo pipefail
cd "$(dirname "$0")/.."

files() { git ls-files -z --cached --others --exclude-standard -- "$@"; }

unformatted=$(files '*.go' | xargs -0 -r gofmt -l)
if [ -n "$unformatted" ]; then
  printf 'not formatted (gofmt -w):\n%s\n' "$unformatted" >&2
  exit 1
fi
for script in .ci/run .ci/*.sh; do
  bash -n "$script"
done
