#!/bin/sh
# JavaScript and declarations in dist/, for `npm pack`: Node strips no types below node_modules.
set -eu
cd "$(dirname "$0")/.."
rm -rf dist
node_modules/.bin/tsc -p tsconfig.package.json
node_modules/.bin/tsc -p tsconfig.types.json
# What sources read beside themselves.
find experiments/verdicts runner/kernel nodes scripts/debian-packages.txt -type f ! -name '*.ts' ! -name '*.md' | while read -r file; do
  mkdir -p "dist/$(dirname "$file")"
  cp "$file" "dist/$file"
done
# dist/ is a package of its own to what is in it: its exports are JavaScript alone.
exec ./scripts/with-node.sh scripts/built-package-json.ts
