#!/usr/bin/env bash
# Checks the Rego below the given folder with the pinned opa: strict and against the schemas, format, tests with every line
# covered. Then changes the policy bit by bit and fails when a change goes unnoticed (.ci/policy-mutants).
set -euo pipefail
opa=${OPA:?the command that runs opa}
go=${GO:-go}
dir=$1

if [ -z "$(find "$dir" -name '*.rego' 2>/dev/null)" ]; then
  echo "no Rego below $dir" >&2
  exit 1
fi

# A folder of schemas checks only what an annotation (`schemas:` in METADATA) ties to one of them.
schemas=(--schema "$dir/schema")
if ! grep -rqE '^#[[:space:]]+schemas:' --include='*.rego' "$dir"; then
  echo "no METADATA below $dir names a schema of $dir/schema: nothing would be checked against it" >&2
  exit 1
fi
rego() { echo "+ opa $*"; $opa "$@"; }

rego check --strict "${schemas[@]}" "$dir"
rego fmt --fail --list "$dir"
# The schemas are no data of the tests, though they are JSON below the folder.
rego test --ignore '*.json' "${schemas[@]}" "$dir"
rego test --ignore '*.json' --coverage --threshold 100 --format json "$dir" >/dev/null

if [ ! -d .ci/policy-mutants ]; then
  echo ".ci/policy-mutants is missing: nothing shows that the policy's tests can fail" >&2
  exit 1
fi
$go run ./.ci/policy-mutants
