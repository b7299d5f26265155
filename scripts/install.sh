#!/bin/sh
# Installs what the project needs and is not there yet: Debian packages, then npm's. A second call does nothing.
set -eu
cd "$(dirname "$0")/.."

missing=$(sed 's/#.*//' scripts/debian-packages.txt | awk 'NF { print $1 }' | while read -r package; do
  dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
done | tr '\n' ' ')
if [ -n "$missing" ]; then
  line="apt-get install -y --no-install-recommends $missing"
  if [ "$(id -u)" = 0 ]; then run=""
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo"
  else
    echo "handoff-lab needs Debian packages that only root can install. Run this line, then try again:" >&2
    echo "  sudo $line" >&2
    exit 2
  fi
  # shellcheck disable=SC2086
  { $run apt-get update && DEBIAN_FRONTEND=noninteractive $run $line; } >&2
fi

stamp=node_modules/.installed
if [ ! -e "$stamp" ] || [ package-lock.json -nt "$stamp" ]; then
  npm ci --no-audit --no-fund >&2
  touch "$stamp"
fi
