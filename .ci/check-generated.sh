#!/usr/bin/env bash
# Fails when `make generate` changes a file, with what it changed. Compares with the tree as it stands, committed or not.
set -euo pipefail
cd "$(dirname "$0")/.."

# One line a file that git tracks or would track, with its content's hash.
state() { git ls-files -z --cached --others --exclude-standard | sort -zu | xargs -0 sh -c 'for f; do [ -f "$f" ] && git hash-object "$f" | sed "s|\$| $f|"; done; :' sh; }

before=$(state)
"${MAKE:-make}" --no-print-directory generate
after=$(state)
if ! diff <(printf '%s\n' "$before") <(printf '%s\n' "$after"); then
  echo "generated files are stale: run make generate and commit" >&2
  exit 1
fi
