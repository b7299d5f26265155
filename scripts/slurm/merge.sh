#!/bin/bash
# The job after the array: the shards become DIR/whole. Called by submit.sh, through sbatch.
#   merge.sh CHECKOUT DIR
set -euo pipefail
exec "$1/bin/handoff-lab" merge "$2"/shards/* --out "$2/whole"
