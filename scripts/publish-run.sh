#!/usr/bin/env bash
# Puts a run into results/: manifests, tables, figures, report, and the captures of the experiments named, compressed.
# Usage: scripts/publish-run.sh OUT NAME [EXPERIMENT whose captures go along …]
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
from=$(realpath "$1") name=$2
shift 2
cd "$(dirname "$0")/.."
to=results/$name
[ -f "$from/report.html" ] || { echo "$from holds no report.html: name the --out folder of a finished run" >&2; exit 2; }
rm -rf "$to"
for manifest in "$from"/*/manifest.json; do
  experiment=$(basename "$(dirname "$manifest")")
  mkdir -p "$to/$experiment"
  cp -r "$from/$experiment"/{manifest.json,samples.csv,summary.csv,claims.csv,plots} "$to/$experiment/"
done
cp "$from/report.html" "$to/"
for experiment; do
  for cell in "$from/$experiment"/cells/*/; do
    target="$to/$experiment/cells/$(basename "$cell")"
    mkdir -p "$target"
    cp "$cell"/{cell.json,events.jsonl,esp_sa,tls_keys} "$target/"
    gzip -9 --no-name --stdout "$cell/router.pcap" > "$target/router.pcap.gz"
  done
done
du -sh "$to"
