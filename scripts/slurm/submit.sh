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
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/scripts/shard-words.sh"
check_shards
split_words "$@"
command -v sbatch >/dev/null || { echo "submit: there is no sbatch here: log in to a machine of the cluster" >&2; exit 3; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
make_folders

# Nothing is built or downloaded on a node: kernel and programs have to be there (make install, a first run, or a bundle).
"$root/bin/handoff-lab" doctor --node >"$dir/logs/doctor" || { cat "$dir/logs/doctor" >&2; exit 3; }

# A task that was killed, or whose node failed, is queued again and goes on from its last cell.
array=$(sbatch --parsable --job-name=handoff-lab --array="1-$shards" --nodes=1 --ntasks=1 --cpus-per-task=1 --mem=1G --requeue \
  --open-mode=append --output="$dir/logs/%a" "${options[@]}" "$root/scripts/slurm/shard.sh" "$root" "$shards" "$dir" "${words[@]}")
array=${array%%;*}
merge=$(sbatch --parsable --job-name=handoff-lab-merge --dependency="afterok:$array" --kill-on-invalid-dep=yes --nodes=1 --ntasks=1 \
  --cpus-per-task=1 --mem=2G --output="$dir/logs/merge" "${options[@]}" "$root/scripts/slurm/merge.sh" "$root" "$dir")
echo "$array ${merge%%;*}"
