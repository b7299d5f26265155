#!/bin/bash
# Runs a command as root in a root of another system, in namespaces of its own: whatever happens there, this machine's /dev, mounts and
# processes are out of its reach, and nothing of it is left when it ends. Needs root.
#   scripts/in-root.sh ROOT COMMAND…
# SHM: mount options of its /dev/shm, as containers have them (size=64m,noexec).
set -euo pipefail

if [ "${1-}" != --inside ]; then
  [ "$(id -u)" = 0 ] || { echo "in-root: needs root" >&2; exit 2; }
  root=${1:+$(realpath -m "$1")}
  [ -n "$root" ] && [ -x "$root/bin/sh" ] || { echo "in-root: ${1:-no folder} is no system's root" >&2; exit 2; }
  [ "$root" != / ] || { echo "in-root: / is this machine's own root" >&2; exit 2; }
  exec unshare --mount --pid --ipc --fork --kill-child "$0" --inside "$@"
fi
root=$2
shift 2

# Whoever removes files in there finds copies of this machine's devices, not the devices' own folder.
mount --make-rprivate /
mount --rbind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm"
for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
  mknod -m 666 "$root/dev/${device% *}" c 1 "${device#* }"
done
mknod -m 666 "$root/dev/tty" c 5 0
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
mount -t tmpfs -o "mode=1777${SHM:+,$SHM}" shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
for link in "fd ." "stdin 0" "stdout 1" "stderr 2"; do
  target=/proc/self/fd/${link#* }
  ln -s "${target%/.}" "$root/dev/${link% *}"
done
[ ! -e /etc/resolv.conf ] || cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"

# Behind a proxy or a private authority of certificates, npm and apt have to know of it there too.
settings=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in http_proxy https_proxy no_proxy TERM; do
  [ -z "${!name-}" ] || settings+=("$name=${!name}")
done
if [ -n "${NODE_EXTRA_CA_CERTS-}" ]; then
  mkdir -p "$root/srv"
  cp "$NODE_EXTRA_CA_CERTS" "$root/srv/authorities.pem"
  settings+=(NODE_EXTRA_CA_CERTS=/srv/authorities.pem npm_config_cafile=/srv/authorities.pem)
fi
# Not chroot: who is in one may make no user namespaces, which a machine's user may. And nothing of this machine is left to be seen.
cd "$root"
pivot_root . .
umount -l .
exec env -i "${settings[@]}" "$@"
