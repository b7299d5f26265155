#!/bin/sh
# All tests, on the pinned Node; files given as arguments are run alone. HANDOFF_LAB_LONG=1: sweeps over all their points.
cd "$(dirname "$0")/.." || exit 3
# Sources are stripped of their types and compiled once, not once for each of the processes; the command line's are among them.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$PWD/node_modules/.cache/node-compile}"
if [ $# -eq 0 ]; then
  ./scripts/with-node.sh scripts/prepare-lab.ts || exit
  # No test of these folders boots a lab: one process for them all instead of one for each file.
  together='^test/(analysis-capture|analysis-diff|analysis-results|docs|house|publish|roles|runner|server|verify|wire)/'
  files=$(find test -name '*.test.ts' | sort)
  HANDOFF_LAB_TESTS=$(echo "$files" | grep -E "$together")
  export HANDOFF_LAB_TESTS
  # shellcheck disable=SC2046
  set -- test/in-one-process.ts $(echo "$files" | grep -vE "$together")
fi
exec ./scripts/with-node.sh --test --test-concurrency=2 "$@"
