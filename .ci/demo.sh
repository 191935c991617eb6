#!/usr/bin/env bash
# Shows Fieldgate on the sample data layer: checks it, decides some queries on the command line and over HTTP, and goes on
# serving until Ctrl-C. With --check nobody is needed: it serves on a free port, compares every answer with what this file
# says, and stops. Needs bin/fieldgate (`make build`).
set -euo pipefail
cd "$(dirname "$0")/.."

sample=testdata/sample
fieldgate=bin/fieldgate
address=127.0.0.1:8081
check=false
if [ "${1:-}" = --check ]; then
  check=true
  address=127.0.0.1:$(node .ci/demo.mjs port)
fi
answers=$(mktemp -d)
server=

stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$answers"
}
trap stop EXIT
trap 'exit 130' INT TERM

title() { printf '\n\033[1m# %s\033[0m\n' "$*"; }

# show COMMAND...: prints the command, ready to paste, and runs it.
show() {
  local word line='$'
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:,=@-]*) word="'$word'" ;; esac
    line+=" $word"
  done
  printf '%s\n' "$line"
  "$@"
}

# decide QUERY SUBJECT...: one decision on the command line, as a table. The exit status of `decide` is 1 when something is
# denied.
decide() {
  local query=testdata/queries/$1.graphql status=0 variables=()
  shift
  [ -f "${query%.graphql}.json" ] && variables=(--variables "$(node .ci/demo.mjs variables "${query%.graphql}.json")")
  echo
  show "$fieldgate" decide "$sample" "$@" ${variables[@]+"${variables[@]}"} "$query" || status=$?
  [ "$status" -le 1 ] || { echo "decide ended with $status" >&2; exit 1; }
}

# post PATH BODY: prints the curl command and the answer. The answer is also left in $answers/last.
post() {
  printf "\n\$ curl -s -H 'Content-Type: application/json' http://%s%s -d '%s'\n" "$address" "$1" "$2"
  if command -v curl >/dev/null; then
    curl -sS --max-time 10 -H 'Content-Type: application/json' "http://$address$1" -d "$2" >"$answers/last"
  else
    node .ci/demo.mjs post "http://$address$1" "$2" >"$answers/last"
  fi
  node .ci/demo.mjs print "$answers/last"
}

# expect SUMMARY: what the last answer must come to (decision, denied paths, the document that would be sent); see demo.mjs.
expect() {
  local got
  got=$(node .ci/demo.mjs summary "$answers/last")
  if [ "$got" != "$1" ]; then
    printf 'expected: %s\nanswered: %s\n' "$1" "$got" >&2
    exit 1
  fi
}

title "Check the access directory"
show "$fieldgate" check "$sample"

title "Decide queries: rows are the selections, for a token that holds these scopes"
decide product-detail --no-scopes
decide product-detail --scopes web
decide product-detail --scopes web,finance,purchasing
decide cost-through-arguments --scopes web
decide search-insights --scopes search-insights
decide order-overview --unrestricted

title "Serve it"
printf '$ %s serve %s --private-addr %s\n' "$fieldgate" "$sample" "$address"
"$fieldgate" serve "$sample" --private-addr "$address" >"$answers/log" 2>&1 &
server=$!
if ! node .ci/demo.mjs ready "http://$address/readyz" "$server"; then
  cat "$answers/log" >&2
  exit 1
fi

title "Ask it for decisions"
query='{ shopifyCollections { title products { title cost } } }'
post /v1/decisions '{"data_layer":"shop","subject":{"scopes":["web"]},"query":"'"$query"'"}'
expect 'partial denied=shopifyCollections.products.cost sent={shopifyCollections{title products{title}}}'

post /v1/decisions '{"data_layer":"shop","subject":{"scopes":["web","finance"]},"query":"'"$query"'"}'
expect 'allow denied= sent={shopifyCollections{title products{title cost}}}'

post /v1/decisions '{"data_layer":"shop","subject":{"unrestricted":true},"query":"'"$query"'"}'
expect 'allow denied= sent={shopifyCollections{title products{title cost}}}'

# A filter by cost reads costs too.
query='{ allShopifyProduct(filter: {cost: {gt: 20}}) { totalCount } }'
post /v1/decisions '{"data_layer":"shop","subject":{"scopes":["web"]},"query":"'"$query"'"}'
expect 'deny denied=allShopifyProduct(filter.cost) sent='

# The same in the shape of OPA's Data API.
post /v1/data/fieldgate/decision '{"input":{"data_layer":"shop","subject":{"scopes":[]},"query":"{ contentstackPressReleases { title } site { url } }"}}'
expect 'partial denied=contentstackPressReleases,contentstackPressReleases.title sent={site{url}}'

if $check; then
  title "All answers are as expected"
  exit 0
fi
title "Serving on http://$address: paste a command from above into another terminal, change a file below $sample/shop/scopes
# and paste it again. Ctrl-C ends it."
wait "$server" || { cat "$answers/log" >&2; exit 1; }
