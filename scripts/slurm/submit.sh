#!/bin/bash
# Runs experiments as an array job of Slurm, a shard for each task, and then merges them into one results folder.
#   scripts/slurm/submit.sh SHARDS DIR [SBATCH-OPTION…] -- RUN-WORD…
# DIR: on a file system that all nodes see, for the shards, the logs and, in DIR/whole, the merged run. SBATCH-OPTIONs (--partition=…,
# --time=…) are for the tasks. RUN-WORDs are those of `handoff-lab run`: experiments, --profile, --seed, --set … Prints the numbers of both jobs.
# The same call again goes on where tasks stopped: what is finished is not measured again.
set -euo pipefail
usage() { echo "submit: $1; usage: scripts/slurm/submit.sh SHARDS DIR [SBATCH-OPTION…] -- RUN-WORD…" >&2; exit 2; }

[ $# -ge 2 ] || usage "SHARDS and DIR are missing"
shards=$1 dir=$2
shift 2
[[ $shards =~ ^[1-9][0-9]{0,3}$ ]] || usage "SHARDS: '$shards' is no whole number from 1 to 9999"
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
[ "${1-}" = -- ] || usage "there is no --"
shift
[ $# -gt 0 ] || usage "no experiment is named after --"
for word in "$@"; do
  case $word in
    --shard | --shard=* | --out | --out=* | --jobs | --jobs=*) usage "'$word' is set by this script" ;;
  esac
done
command -v sbatch >/dev/null || { echo "submit: there is no sbatch here: log in to a machine of the cluster" >&2; exit 3; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$dir/logs" "$dir/shards"
dir=$(cd "$dir" && pwd)
[ ! -e "$dir/whole" ] || { echo "submit: $dir/whole is there already: remove it, or name another DIR" >&2; exit 2; }

# Nothing is built or downloaded on a node: kernel and programs have to be there (make install, a first run, or a bundle).
"$root/bin/handoff-lab" doctor --node >"$dir/logs/doctor" || { cat "$dir/logs/doctor" >&2; exit 3; }

# A task that was killed, or whose node failed, is queued again and goes on from its last cell.
array=$(sbatch --parsable --job-name=handoff-lab --array="1-$shards" --nodes=1 --ntasks=1 --cpus-per-task=1 --mem=1G --requeue \
  --open-mode=append --output="$dir/logs/%a" "${options[@]}" "$root/scripts/slurm/shard.sh" "$root" "$shards" "$dir" "$@")
array=${array%%;*}
merge=$(sbatch --parsable --job-name=handoff-lab-merge --dependency="afterok:$array" --kill-on-invalid-dep=yes --nodes=1 --ntasks=1 \
  --cpus-per-task=1 --mem=2G --output="$dir/logs/merge" "${options[@]}" "$root/scripts/slurm/merge.sh" "$root" "$dir")
echo "$array ${merge%%;*}"
