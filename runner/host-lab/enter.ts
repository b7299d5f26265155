/** Its last words when `init.sh` has not been started: bash's and the shell's own statuses are below. */
const NOT_ENTERED = 250;

/**
 * The first process of a host lab, already in namespaces of its own: makes the folders that a lab has (see
 * `runner/kernel/lab-init.c`), turns all else read-only, and runs the `init.sh` of the job folder `$2` until it ends or `$1` seconds have passed; `$3` is the stage folder.
 *
 * Job and stage folders are held by descriptors, opened here (no mount can be made from another namespace's): their paths
 * may lie under a folder that is covered.
 */
export const ENTER_SCRIPT = `set -euo pipefail
not_entered() { echo "host lab: line $LINENO: $BASH_COMMAND" >&2; exit ${NOT_ENTERED}; }
trap not_entered ERR
limit=$1
exec 3<"$2" 4<"$3"
mount() { command mount --no-mtab --no-canonicalize "$@"; } # leaves no note in the outer /run
read_only() { # every mount but those of the kernel's own file systems, and what is covered
  local target
  while read -r _ _ _ _ target _; do
    target=$(printf '%b' "$target")
    case $target in /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /run | /run/*) continue ;; esac
    mount -o remount,bind,ro "$target" 2>/dev/null || findmnt --mountpoint "$target" --options ro >/dev/null
  done </proc/self/mountinfo
}
mount -t tmpfs -o mode=755 tmpfs /run
mount -t proc proc /proc
read_only
mount -t sysfs sysfs /sys
mkdir /run/netns /run/job /run/lab
mount --bind /proc/self/fd/3 /run/job
mount --bind /proc/self/fd/4 /run/lab
mount -o remount,bind,ro /run/lab
mount -o remount,bind,rw /run/job
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
exec 3<&- 4<&-
ip link set lo up
echo handoff-lab >/proc/sys/kernel/hostname
cd /run/job
trap - ERR
set +e
timeout --kill-after=5 "$limit" bash /run/job/init.sh
status=$?
[ "$status" = 124 ] && { echo timeout >/run/job/status; exit 0; }
echo "exit $status" >/run/job/status
`;
