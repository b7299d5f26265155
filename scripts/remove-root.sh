#!/bin/bash
# Removes a folder with a system's root in it, and nothing of what is mounted there: that would be this machine's.
#   scripts/remove-root.sh FOLDER
# MOUNTS: for tests, another table of mounts.
set -euo pipefail
folder=$(realpath -m "${1:?a folder}")
[ "$folder" != / ] || { echo "remove-root: / is this machine's own root" >&2; exit 2; }
while read -r _ at _; do
  # Spaces and the like are octal there.
  at=$(printf %b "$at")
  case $at/ in
    "$folder"/*)
      echo "remove-root: $at is mounted (see /proc/mounts); nothing is removed: unmount it first" >&2
      exit 2
      ;;
  esac
done <"${MOUNTS:-/proc/self/mounts}"
rm -rf --one-file-system "$folder"
