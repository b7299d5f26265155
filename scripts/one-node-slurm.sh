#!/bin/bash
# Runs a command beside a Slurm of its own: one node, in namespaces of its own (processes, mounts, network, host name), in a root of Debian
# packages that scripts/cluster-root.ts makes. The checkout is there as /checkout, its cache as /root/.cache, FOLDER as /work. Needs root.
#   scripts/one-node-slurm.sh ROOT FOLDER COMMAND…
# CPUS: how many processors the node says it has (default 2).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1-}" != --inside ] && [ "${1-}" != --mounting ]; then
  [ "$(id -u)" = 0 ] || { echo "one-node-slurm: needs root" >&2; exit 2; }
  exec unshare --mount --net --uts "$0" --mounting "$@"
fi
if [ "$1" = --mounting ]; then
  root=$2 folder=$3
  shift 3
  mount --make-rprivate /
  hostname node
  ip link set lo up
  # A name is looked up only where there is an address beside 127.0.0.1 (getaddrinfo(3), AI_ADDRCONFIG).
  ip address add 10.0.0.1/32 dev lo
  cache=${XDG_CACHE_HOME:-$HOME/.cache}
  for pair in "$here/..:/checkout" "$cache:/root/.cache" "$folder:/work"; do
    mount --bind "${pair%%:*}" "$root${pair#*:}"
  done
  mount -t sysfs sysfs "$root/sys"
  # What daemons write goes with them.
  for name in run tmp var etc/slurm etc/munge; do mount -t tmpfs -o mode=1777 "$name" "$root/$name"; done
  "$here/in-root.sh" "$root" /checkout/scripts/one-node-slurm.sh --inside "${CPUS:-2}" "$@"
  exit
fi

cpus=$2
shift 2
chmod 755 /run /var /etc/munge
mkdir -m 755 -p /run/munge /var/log/munge /var/lib/munge /var/spool/slurm
head -c 1024 /dev/urandom >/etc/munge/munge.key
chmod 400 /etc/munge/munge.key
cat >/etc/slurm/slurm.conf <<CONF
ClusterName=one
SlurmctldHost=node
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
StateSaveLocation=/var/spool/slurm/state
SlurmdSpoolDir=/var/spool/slurm/node
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
MinJobAge=3600
NodeName=node CPUs=$cpus RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
echo CgroupPlugin=cgroup/v1 >/etc/slurm/cgroup.conf
mkdir -p /var/spool/slurm/state /var/spool/slurm/node
munged --force --socket=/run/munge/munge.socket.2
slurmctld -L /var/log/slurmctld
slurmd -L /var/log/slurmd || { cat /var/log/slurmd >&2; exit 3; }
# The node has told the controller that it is there.
SECONDS=0
until [ "$(timeout 5 sinfo --noheader --format=%t 2>/dev/null)" = idle ]; do
  [ $SECONDS -lt 60 ] || { echo "one-node-slurm: the node did not come up" >&2; tail -n 20 /var/log/slurmctld /var/log/slurmd >&2; exit 3; }
done
"$@"
