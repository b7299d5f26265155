#!/bin/bash
# Runs experiments on machines that have nothing in common but ssh, a shard at a time on each, by GNU parallel; then merges.
#   scripts/loose-machines.sh SHARDS DIR MACHINES [PARALLEL-OPTION…] -- RUN-WORD…
# MACHINES: a file with a machine on each line, as GNU parallel's --sshloginfile has them (user@host, 4/user@host: four shards at a time).
# On each, ~/handoff-lab is a checkout or what a bundle unpacked to; CHECKOUT names another folder, from the home folder on. A fast machine gets
# more shards than a slow one. DIR gets the shards, their logs and, in DIR/whole, the merged run. The same call again goes on.
set -euo pipefail
usage() { echo "loose-machines: $1; usage: scripts/loose-machines.sh SHARDS DIR MACHINES [PARALLEL-OPTION…] -- RUN-WORD…" >&2; exit 2; }

[ $# -ge 3 ] || usage "SHARDS, DIR or MACHINES is missing"
shards=$1 dir=$2 machines=$3
shift 3
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/shard-words.sh"
check_shards
[ -r "$machines" ] || usage "MACHINES: '$machines' cannot be read"
split_words "$@"
command -v parallel >/dev/null || { echo "loose-machines: apt-get install parallel" >&2; exit 3; }
make_folders

# Of this run on those machines: another run's shards have another name. A part of the cells says little about a claim, hence status 1.
name=$(printf '%s\n' "$shards" "${words[@]}" | sha256sum | cut -c1-16)
quoted=$(printf ' %q' "${words[@]}")
remote="cd ${CHECKOUT:-handoff-lab} || exit; mkdir -p out/$name
bin/handoff-lab run$quoted --shard {}/$shards --jobs 1 --out out/$name/{} >&2; s=\$?
[ \$s -le 1 ] || exit \$s
tar -C out/$name -cf - {}"
wanted=()
for shard in $(seq "$shards"); do [ -e "$dir/shards/$shard/report.html" ] || wanted+=("$shard"); done
status=0
[ ${#wanted[@]} -eq 0 ] || parallel --will-cite --sshloginfile "$machines" --jobs 1 --results "$dir/logs/{}.tar" "${options[@]}" \
  "$remote" ::: "${wanted[@]}" >/dev/null || status=$?
for shard in "${wanted[@]}"; do
  archive=$dir/logs/$shard.tar
  [ ! -s "$archive" ] || tar -C "$dir/shards" -xf "$archive" 2>/dev/null || rm -rf "${dir:?}/shards/$shard"
  rm -f "$archive" "$archive.seq"
done
[ $status -eq 0 ] || { echo "loose-machines: $status shards failed, see $dir/logs; the same call goes on from there" >&2; exit 3; }
exec "$root/bin/handoff-lab" merge "$dir"/shards/* --out "$dir/whole"
