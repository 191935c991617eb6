#!/usr/bin/env bash
# Shows Fieldgate on the sample data layer: a GraphQL server over made-up records, the gateway in front of it, two tokens, and
# how the answers to the same requests differ. It goes on serving until Ctrl-C. With --check nobody is needed: it serves on
# free ports, compares every answer with what this file says, and ends. `make demo` and `make demo-check` build what it needs.
#
# Everything that it writes, the data directory with the tokens included, is in one folder that it removes when it ends.
set -euo pipefail
cd "$(dirname "$0")/.."

fieldgate=bin/fieldgate
check=false
[ "${1:-}" = --check ] && check=true
work=$(mktemp -d "${TMPDIR:-/tmp}/fieldgate-demo.XXXXXX")
chmod 700 "$work"
pids=()

stop() {
  local pid
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for pid in ${pids[@]+"${pids[@]}"}; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

title() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
tool() { node .ci/demo.mjs "$@"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# A machine without curl runs the same commands with what demo.mjs has in its place.
command -v curl >/dev/null || curl() { tool curl "$@"; }

# port PREFERRED: that port when it is free and a person is to paste commands; 0, any free one, otherwise.
port() { if ! $check && tool free "$1"; then echo "$1"; else echo 0; fi; }

# run COMMAND: prints the command, ready to paste into a shell that has the variables, and runs it. Its output is shown and left
# in $work/last.
run() {
  printf '\n$ %s\n' "$1"
  eval "$1" >"$work/last" 2>"$work/errors" || { cat "$work/errors" >&2; fail "the command failed"; }
  tool print "$work/last"
}

# query TOKEN QUERY: a request of a client, with the token in the variable called TOKEN; - is none.
query() {
  local header=" -H \"Authorization: Bearer \$$1\""
  [ "$1" = - ] && header=
  run "curl -sS --max-time 20$header -H 'Content-Type: application/json' \$SHOP -d '{\"query\": \"${2//\"/\\\"}\"}'"
}

# expect SUMMARY: what the last answer must come to; see summary in demo.mjs.
expect() {
  local got
  got=$(tool summary "$work/last")
  [ "$got" = "$1" ] || fail "$(printf 'expected: %s\nanswered: %s' "$1" "$got")"
}

# holds TEXT, lacks TEXT: what must, and what must not, be in the last output.
holds() { grep -qF -- "$1" "$work/last" || fail "the answer does not hold: $1"; }
lacks() { if grep -qF -- "$1" "$work/last"; then fail "the answer holds: $1"; fi; }

title "Start the GraphQL server that is to be guarded; it answers whatever it is asked"
node testdata/upstream/server.mjs "$(port 4950)" >"$work/upstream" 2>&1 &
pids+=($!)
upstream=$(tool first-line "$work/upstream" $!) || fail "$(cat "$work/upstream")"
echo "$upstream"

# The access directory is a copy, to be played with, with the address of this upstream.
cp -R testdata/sample "$work/access"
sed "s|http://127.0.0.1:4950/__graphql|$upstream|" testdata/sample/shop/layer.yaml >"$work/access/shop/layer.yaml"

title "Guard it: check the access directory, make a data directory, serve"
run "$fieldgate check $work/access | tail -n 1"
holds ' 0 errors'
printf '\n$ export FIELDGATE_KEY=$(%s init --data %s --owner you)\n' "$fieldgate" "$work/data"
FIELDGATE_KEY=$("$fieldgate" init --data "$work/data" --owner you 2>"$work/errors") || fail "$(cat "$work/errors")"
export FIELDGATE_KEY
serve=("$fieldgate" serve "$work/access" --data "$work/data" --public-addr "127.0.0.1:$(port 8080)" --private-addr "127.0.0.1:$(port 8081)")
printf '\n$ %s\n' "${serve[*]}"
"${serve[@]}" >"$work/log" 2>&1 &
server=$!
pids+=("$server")
addresses=$(tool listening "$work/log" "$server") || fail "$(cat "$work/log")"
read -r public private <<<"$addresses"
export FIELDGATE_SERVER=http://$private SHOP=http://$public/layers/shop
tool ready "$FIELDGATE_SERVER/readyz" "$server" || fail "$(cat "$work/log")"

# secret NAME ARGUMENTS...: keeps what the command prints in a variable, and shows what it says of it.
secret() {
  local name=$1 made
  shift
  printf '\n$ export %s=$(%s %s)\n' "$name" "$fieldgate" "$*"
  made=$("$fieldgate" "$@" 2>"$work/errors") || fail "$(cat "$work/errors")"
  cat "$work/errors"
  export "$name=$made"
}

title "Two tokens, and a key for decision requests: what each may do is said now, and its secret is shown once"
secret WEB token generate website --scope web
secret ALL token generate codegen --unrestricted
secret DECIDE_KEY key generate router --permission decide
if ! $check; then
  title "To paste the commands below into another terminal, paste this first"
  printf 'cd %q\n' "$PWD"
  for name in FIELDGATE_SERVER FIELDGATE_KEY DECIDE_KEY SHOP WEB ALL; do printf 'export %s=%q\n' "$name" "${!name}"; done
fi

title "The same query, with no token, with the scope web, and unrestricted"
costs='{ shopifyCollection(handle: {eq: "rain"}) { title products(first: 1) { title cost } } }'
query - "$costs"
expect 'UNAUTHENTICATED'
query WEB "$costs"
expect '{"shopifyCollection":{"title":"Rain","products":[{"title":"Rain Jacket","cost":null}]}} denied=shopifyCollection.products.cost'
query ALL "$costs"
expect '{"shopifyCollection":{"title":"Rain","products":[{"title":"Rain Jacket","cost":61.5}]}} denied='

title "A filter by cost reads costs too"
costly='{ allShopifyProduct(filter: {cost: {gt: 90}}) { totalCount } }'
query WEB "$costly"
expect 'null denied=allShopifyProduct'
query ALL "$costly"
expect '{"allShopifyProduct":{"totalCount":2}} denied='

title "The schema that each may know of: by introspection, and as SDL for code generators"
fields='{ __type(name: "ShopifyOrder") { fields { name } } }'
query WEB "$fields"
holds '"number"'
lacks '"total"'
query ALL "$fields"
holds '"total"'
run "curl -sS --max-time 20 -H \"Authorization: Bearer \$WEB\" \$SHOP/schema.graphql | grep -c 'cost:' || true"
expect '0'
run "curl -sS --max-time 20 -H \"Authorization: Bearer \$ALL\" \$SHOP/schema.graphql | grep -c 'cost:' || true"
lacks '0'

title "Why? The decision, with the scopes that would open what is denied"
run "curl -sS --max-time 20 -H \"Authorization: Bearer \$DECIDE_KEY\" -H 'Content-Type: application/json' \$FIELDGATE_SERVER/v1/decisions -d '{\"data_layer\": \"shop\", \"subject\": {\"scopes\": [\"web\"]}, \"query\": \"{ shopifyCollections { title products { title cost } } }\"}'"
expect 'partial denied=shopifyCollections.products.cost missing=finance sent={shopifyCollections{title products{title}}}'

title "Revoke a token: the next request is refused"
run "$fieldgate token revoke website --yes"
query WEB '{ site { url } }'
expect 'INVALID_TOKEN'

title "Who did what"
run "$fieldgate audit list"
holds 'token.generate'
holds 'token.revoke'
for made in "$WEB" "$ALL" "$FIELDGATE_KEY" "$DECIDE_KEY"; do
  lacks "$made"
  if grep -rqF -- "$made" "$work/data" "$work/log"; then fail "a secret is in the data directory or the log"; fi
done
run "$fieldgate audit verify"

if $check; then
  title "The console: a link signs in once, and its code is nowhere"
  tool console "$("$fieldgate" console 2>"$work/errors")" "$work/log" || fail "the link to the console does not sign in exactly once"
  title "All answers are as expected"
  exit 0
fi
title "Guarded endpoint: $SHOP. Private listener, for members: $FIELDGATE_SERVER.
# Change a file below $work/access/shop/scopes and paste a query again. Ctrl-C ends it and removes $work."
title "The console, signed in; the link works once, for five minutes. \`$fieldgate console\` prints another"
"$fieldgate" console 2>/dev/null
wait "$server" || { cat "$work/log" >&2; exit 1; }
