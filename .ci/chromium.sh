#!/usr/bin/env bash
# Prints where Chromium is, which the console's browser tests drive; fails when there is none.
set -euo pipefail
for path in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  if [ -n "$path" ] && [ -x "$path" ]; then
    echo "$path"
    exit 0
  fi
done
exit 1
