#!/bin/sh
# Runs the pinned Node with the given arguments, in the project's folder.
cd "$(dirname "$0")/.."
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
exec "node_modules/node-linux-$arch/bin/node" --conditions=handoff-lab-source "$@"
