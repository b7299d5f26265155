#!/bin/sh
# All tests, on the pinned Node; files given as arguments are run alone.
cd "$(dirname "$0")/.."
if [ $# -eq 0 ]; then set -- $(find test -name '*.test.ts' | sort); fi
exec ./scripts/with-node.sh --test --test-concurrency=2 "$@"
