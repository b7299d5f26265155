# Hosts that each run a real systemd, for tests in the lab kernel: its namespaces, its control group, the network namespace NAME that is there. To be
# sourced, in the job folder; the checkout is at /run/lab.
checkout=/run/lab
node=("$checkout"/node_modules/node-linux-*/bin/node)
declare -A unshares firsts
mkdir /run/hosts /run/cgroup
mount -t cgroup2 cgroup2 /run/cgroup

patiently() { # what, command…: until it succeeds
  local i what=$1
  shift
  for ((i = 0; i < 1200; i++)); do
    "$@" && return
    sleep 0.1
  done
  echo "no $what" >&2
  exit 3
}
first_of() { # host: systemd's number here
  local pid
  pid=$(ps --ppid "${unshares[$1]}" -o pid= | tr -d ' ') && [ -n "$pid" ] &&
    [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") = /lib/systemd/systemd* ]] && firsts[$1]=$pid
}
on() { # host command…
  local host=$1
  shift
  nsenter --target "${firsts[$host]}" --mount --pid --ipc --uts --cgroup --net --root env --chdir=/ "$@"
}
running() { [ "$(on "$1" systemctl is-system-running)" = running ]; }
boot() { # host
  mkdir "/run/cgroup/$1" "/run/hosts/$1"
  (
    echo "$BASHPID" >"/run/cgroup/$1/cgroup.procs"
    exec nsenter --net="/run/netns/$1" unshare --mount --pid --ipc --uts --cgroup --fork --kill-child \
      bash "$checkout/test/deploy/guest/systemd-root.sh" "/run/hosts/$1" "$checkout" own
  ) &
  unshares[$1]=$!
  patiently "systemd on $1" first_of "$1"
  patiently "host $1" running "$1"
}
power_off() { # host
  kill -KILL "${firsts[$1]}"
  wait "${unshares[$1]}" || true
}
unit_of() { case $1 in node*) echo handoff-lab-member ;; client*) echo handoff-lab-correspondent-node ;; *) echo handoff-lab-home-agent ;; esac; }
configuration_of() { local unit; unit=$(unit_of "$1"); echo "/etc/handoff-lab/${unit#handoff-lab-}.json"; }

# What docs/deploy.md does on a host before the first start; a client is no router.
install_on() { # host
  on "$1" systemd-sysusers /opt/handoff-lab/deploy/sysusers.conf
  case $1 in client*) return ;; esac
  on "$1" cp /opt/handoff-lab/deploy/sysctl.conf /etc/sysctl.d/60-handoff-lab.conf
  on "$1" systemctl restart systemd-sysctl
}
bring() { # host file: as its configuration
  on "$1" cp /dev/stdin /tmp/configuration <"$2"
  on "$1" install -o handoff-lab -g handoff-lab -m 0600 /tmp/configuration "$(configuration_of "$1")"
}
systemd() { on "$2" systemctl "$1" "$(unit_of "$2")"; } # verb host
show() { on "$1" systemctl show --property "$2" --value "$(unit_of "$1")"; } # host property
active() { [ "$(show "$1" ActiveState)" = active ]; }
restarted() { [ "$(show "$1" NRestarts)" = "$2" ] && active "$1"; } # host times
killed() { # host times: its program, by SIGKILL; until systemd has it again
  on "$1" kill -KILL "$(show "$1" MainPID)"
  patiently "restart of $1" restarted "$1" "$2"
}
status() { local host=$1; shift; on "$host" /opt/handoff-lab/bin/handoff-lab status "$(configuration_of "$host")" "$@"; }
ask() { on "$1" curl --silent --show-error --fail --max-time 5 "http://[::1]:9470/$2"; } # host path
confinement() { # host: of its program
  local pid
  pid=$(show "$1" MainPID)
  on "$1" bash -c "echo user \$(id -un \$(awk '/^Uid/ { print \$2 }' /proc/$pid/status)); grep -E '^(CapEff|NoNewPrivs):' /proc/$pid/status
    awk '\$5 == \"/\" { print \"root\", \$6 }' /proc/$pid/mountinfo"
}
journal() { on "$1" journalctl --no-pager --output=cat --unit "$(unit_of "$1")"; }
