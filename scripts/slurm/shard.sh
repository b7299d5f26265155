#!/bin/bash
# A task of the array: one shard. Called by submit.sh, through sbatch, which copies this file: it does not know where it was.
#   shard.sh CHECKOUT SHARDS DIR RUN-WORD…
set -uo pipefail
root=$1 shards=$2 dir=$3
shift 3

# Slurm sends SIGTERM before SIGKILL, and to this script alone: the runner ends its labs and keeps what is finished.
"$root/bin/handoff-lab" run "$@" --shard "$SLURM_ARRAY_TASK_ID/$shards" --jobs "${SLURM_CPUS_PER_TASK:-1}" \
  --out "$dir/shards/$SLURM_ARRAY_TASK_ID" &
runner=$!
trap 'kill -TERM $runner' TERM
wait $runner
status=$?
while kill -0 $runner 2>/dev/null; do wait $runner; status=$?; done
# 1: a claim deviates, which a part of the cells says little about; the merged run tells it of all.
[ $status -ne 1 ] || status=0
exit $status
