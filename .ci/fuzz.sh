#!/usr/bin/env bash
# Runs every fuzz target of the given packages for the given time each. The targets are asked for, not listed here, and
# finding none is a failure: a fuzz job without targets would pass for ever.
#
#   .ci/fuzz.sh 10s ./...
set -euo pipefail
go=${GO:-go}
fuzztime=$1
shift

# `go test -list` prints a package's matches and then a line `ok <package> <time>`.
listed=$($go test -list '^Fuzz' "$@")
targets=$(awk '/^Fuzz/ {names[n++] = $1} /^ok/ {for (i = 0; i < n; i++) print $2, names[i]} /^(ok|\?)/ {n = 0}' <<<"$listed")
if [ -z "$targets" ]; then
  echo "no fuzz target in $*" >&2
  exit 1
fi

ran=0 failed=0
while read -r package target; do
  echo "== $package $target"
  # An interesting input is made smaller for a minute by default, in which nothing else is tried.
  if $go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 20x "$package" </dev/null; then
    ran=$((ran + 1))
  else
    failed=$((failed + 1))
  fi
done <<<"$targets"
echo "fuzz targets: $ran passed, $failed failed"
[ "$failed" -eq 0 ]
