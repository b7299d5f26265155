#!/bin/sh
# Installs what the project needs and is not there yet: Debian packages, then npm's. A second call does nothing.
#   scripts/install.sh [run]
# run: packages of the lists `run` and `shell` alone, and `build` where no kernel is finished; who may install none goes on without `shell`.
# Status 2: something is needed that only the user can do; it is said on standard error.
set -eu
cd "$(dirname "$0")/.."
target=${1-}

# --- the machine, before anything is touched
container='docker build --target warm -t handoff-lab -f Containerfile . && docker run --name lab handoff-lab reproduce PROFILE=smoke; docker cp lab:/opt/handoff-lab/out .'
system=$(uname -s) machine=$(uname -m)
if [ "$system" != Linux ] || [ -e "${HANDOFF_LAB_NIXOS-/etc/NIXOS}" ]; then
  [ "$system" != Linux ] || system=NixOS
  echo "handoff-lab runs on Debian and Ubuntu; on $system use its container (x86-64, see docs/machines.md):" >&2
  echo "  $container" >&2
  exit 2
fi
if [ "$machine" != x86_64 ]; then
  echo "handoff-lab: the lab kernel is for x86-64 only; this is $machine. Only --lab host is left here, untried: see docs/machines.md." >&2
fi

# --- Debian packages
# Of this purpose, the first word behind the name; of any purpose without one.
packages() { sed -n "s/^\([a-z0-9][^ #]*\) *$1.*/\1/p" scripts/debian-packages.txt; }
# A finished kernel is enough; one of another recipe is told by the run, with what builds it.
finished=
for kernel in "${XDG_CACHE_HOME:-${HOME-}/.cache}"/handoff-lab/kernel/*/linux ${LAB_KERNEL:+"$LAB_KERNEL"}; do
  [ ! -x "$kernel" ] && { [ ! -r "$kernel" ] || [ "$kernel" != "${LAB_KERNEL-}" ]; } || finished=yes
done
dispensable="$(packages shell) $(packages test)"
[ -z "$finished" ] || dispensable="$dispensable $(packages build)"
wanted=$(packages '')
if [ "$target" = run ]; then
  wanted="$(packages run) $(packages shell)"
  [ -n "$finished" ] || wanted="$wanted $(packages build)"
fi
# Any Node from 18 on fetches the pinned one; Debian's own will do (18 in Debian 12, 20 in 13) where there is none.
oldest_node=18
node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
if [ "$(node_major)" -lt "$oldest_node" ] && ! command -v node >/dev/null; then wanted="$wanted nodejs"; fi
command -v npm >/dev/null || wanted="$wanted npm"
if command -v dpkg-query >/dev/null; then
  # shellcheck disable=SC2086,SC2016
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | sed -n 's/ installed$//p') || true
  missing=
  for package in $wanted; do
    case "
$installed
" in *"
$package
"*) ;; *) missing="$missing $package" ;; esac
  done
else
  missing=
  # shellcheck disable=SC2086
  echo "handoff-lab: no dpkg here, and the lab's programs come from Debian's archive: use the container, see docs/machines.md:" >&2
  echo "  $container" >&2
  exit 2
fi
if [ -n "$missing" ]; then
  line="apt-get install -y --no-install-recommends$missing"
  # Debian starts a name server that is installed, for this machine and at every boot. The lab starts its own; masked, this one stays off.
  mask=
  unit="${HANDOFF_LAB_UNITS:-/etc/systemd/system}/nsd.service"
  case "$missing " in
    *" nsd "*) if [ -d "${unit%/*}" ] && [ ! -e "$unit" ]; then mask="ln -s /dev/null $unit"; fi ;;
  esac
  if [ "$(id -u)" = 0 ]; then run=""
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo"
  else
    if command -v sudo >/dev/null; then line="${mask:+sudo $mask && }sudo apt-get update && sudo $line"
    else line="su -c '${mask:+$mask && }apt-get update && $line'"; fi
    needed=
    for package in $missing; do
      case " $(echo $dispensable) " in *" $package "*) ;; *) needed="$needed $package" ;; esac
    done
    if [ "$target" != run ] || [ -n "$needed" ]; then
      echo "handoff-lab needs Debian packages that only root can install. Run this line, then try again:" >&2
      echo "  $line" >&2
      exit 2
    fi
    echo "handoff-lab: experiments run here; \`shell\` and --lab host (see scripts/debian-packages.txt) need packages that only root can install: $line" >&2
    missing=
  fi
  # sudo passes no variables on; tshark would ask a question.
  # shellcheck disable=SC2086
  [ -z "$missing" ] || { { [ -z "$mask" ] || $run $mask; } && $run apt-get update && $run env DEBIAN_FRONTEND=noninteractive $line; } >&2
fi

# --- npm's packages, the pinned Node among them: again whenever the lock file is another one
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
stamp=node_modules/.installed
lock=$(cksum <package-lock.json)
if [ -x "node_modules/node-linux-$arch/bin/node" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$lock" ]; then exit 0; fi
if [ "$(node_major)" -lt "$oldest_node" ] || ! command -v npm >/dev/null; then
  echo "handoff-lab needs Node $oldest_node or newer, with npm, to install its own pinned Node; found: $(node --version 2>/dev/null || echo none)." >&2
  echo "Put one into PATH (Debian's package nodejs, or https://nodejs.org/en/download), then try again." >&2
  exit 2
fi
# No package needs its install script: what is compiled comes ready made. --loglevel: npm of another version than the lock file's warns.
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2
echo "$lock" >"$stamp"
