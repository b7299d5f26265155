#!/bin/bash
# Makes a root of another Debian release (cached), runs the README's first command in it as a new user would, and compares one
# cell's capture of each experiment with those of this machine, octet for octet. Needs root and debootstrap.
#   scripts/machines.sh [RELEASE=trixie] [EXPERIMENT…]
set -euo pipefail
cd "$(dirname "$0")/.."
release=${1:-trixie}
shift || true
experiments=("$@")
[ ${#experiments[@]} -gt 0 ] || experiments=(access table1 fig10 fig11 fig12 takeover frontend parallel churn)

[ "$(id -u)" = 0 ] || { echo "machines: making a root needs root: sudo $0 $*" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "machines: apt-get install -y --no-install-recommends debootstrap" >&2; exit 2; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/handoff-lab
root=$cache/machines/$release
here=out/machines/here there=out/machines/$release

if [ ! -e "$root/made" ]; then
  mkdir -p "$cache/machines"
  draft=$(mktemp -d "$cache/machines/draft-XXXXXX")
  debootstrap --variant=minbase --include=ca-certificates "$release" "$draft" >&2
  chmod 755 "$draft"
  touch "$draft/made"
  mv "$draft" "$root"
fi

# A copy of what is committed, and of the kernel and the programs that this machine has: they are built where they are missing.
rm -rf "$root/srv/handoff-lab"
git clone --quiet --no-hardlinks . "$root/srv/handoff-lab"
mkdir -p "$root/var/cache/lab/handoff-lab"
for part in kernel userland; do
  [ ! -d "$cache/$part" ] || [ -n "${MACHINES_COLD-}" ] || cp -a --no-clobber "$cache/$part" "$root/var/cache/lab/handoff-lab/"
done

# Mounts are in a namespace of this command's own: nothing of them is left, however it ends.
# shellcheck disable=SC2016
unshare --mount --pid --fork --kill-child bash -euc '
  root=$1; shift
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  exec chroot "$root" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -euc "
    cd /srv/handoff-lab
    ./scripts/install.sh
    id lab >/dev/null 2>&1 || useradd --create-home lab
    chown -R lab: /srv/handoff-lab /var/cache/lab
    exec setpriv --reuid=lab --regid=lab --clear-groups env HOME=/home/lab XDG_CACHE_HOME=/var/cache/lab \
      make reproduce PROFILE=smoke EXPERIMENTS=\"$*\" OUT=out/machines
  "
' machines "$root" "${experiments[*]}" || [ $? -eq 1 ] # a claim that deviates

bin/handoff-lab run "${experiments[@]}" --profile smoke --out "$here" || [ $? -eq 1 ]
rm -rf "$there"
mkdir -p "$(dirname "$there")"
cp -r "$root/srv/handoff-lab/out/machines" "$there"

status=0
echo "capture of the first cell of each experiment, SHA-256: here, $release"
for experiment in "${experiments[@]}"; do
  cell=$(find "$here/$experiment/cells" -mindepth 1 -maxdepth 1 | sort | head -n 1)
  cell=${cell##*/}
  a=$(sha256sum <"$here/$experiment/cells/$cell/router.pcap" | cut -c1-16)
  b=$(sha256sum <"$there/$experiment/cells/$cell/router.pcap" | cut -c1-16)
  if [ "$a" = "$b" ]; then verdict=same; else verdict=DIFFERS status=1; fi
  printf '%-12s %s %s %s  %s\n' "$experiment" "$a" "$b" "$verdict" "$cell"
done
exit $status
