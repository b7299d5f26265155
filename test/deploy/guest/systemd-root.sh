#!/bin/bash
# systemd-root.sh FOLDER CHECKOUT [own]: systemd as process 1 of namespaces of its own, as on a host that docs/deploy.md installs. This
# machine's /usr and the checkout are seen read-only; everything else is new and gone with the namespaces. `own`: the kernel is the host's to set.
# To be run by unshare --mount --pid --ipc --uts --cgroup --fork, as root, in the host's network namespace.
set -euo pipefail
folder=$1 checkout=$2 kernel=${3:-}
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$folder"
cd "$folder"
mkdir -p usr etc/systemd/system etc/sysctl.d etc/handoff-lab var/{lib,log,tmp,cache} run tmp dev proc sys opt/handoff-lab root home old
mount --bind /usr usr && mount -o remount,bind,ro usr
for link in bin sbin lib lib32 lib64 libx32; do [ ! -L /$link ] || cp -a /$link $link; done
for name in passwd group nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives pam.d; do [ ! -e /etc/$name ] || cp -a /etc/$name etc/; done
: >etc/machine-id
mount --bind "$checkout" opt/handoff-lab && mount -o remount,bind,ro opt/handoff-lab
mount -t proc proc proc
[ "$kernel" = own ] || { mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys; }
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=0755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=0755 tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name && mount --bind /dev/$name dev/$name; done
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
cp opt/handoff-lab/deploy/systemd/*.service etc/systemd/system
ip link set lo up
pivot_root . old
cd /
umount -l /old
exec env -i container=handoff-lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=basic.target --show-status=no
