#!/bin/sh
# All tests, on the pinned Node; files given as arguments are run alone.
cd "$(dirname "$0")/.." || exit 3
if [ $# -eq 0 ]; then
  ./scripts/with-node.sh scripts/prepare-kernel.ts || exit
  set -- $(find test -name '*.test.ts' | sort)
fi
exec ./scripts/with-node.sh --test --test-concurrency=2 "$@"
