#!/bin/bash
# Makes a root of another Debian release (cached), does in it what a new user does there, without privileges but for the line that
# ./scripts/install.sh prints, and compares every capture of some experiments with this machine's, octet for octet.
# Needs root and debootstrap.
#   scripts/machines.sh [RELEASE=trixie] [EXPERIMENT…]
# MACHINES_COLD=1: kernel and programs are made there, by its compiler. MACHINES_TEST=1: `make test` there, too. PROFILE=smoke.
set -euo pipefail
# Read whole before anything is done: a pull meanwhile does no harm.
{
cd "$(dirname "$0")/.."
release=${1:-trixie}
shift || true
experiments=("$@")
[ ${#experiments[@]} -gt 0 ] || experiments=(access table1 fig10 fig11 fig12 takeover frontend parallel churn)
profile=${PROFILE:-smoke}

[ "$(id -u)" = 0 ] || { echo "machines: making a root needs root: sudo $0 $*" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "machines: apt-get install -y --no-install-recommends debootstrap" >&2; exit 2; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/handoff-lab
root=$cache/machines/$release
here=out/machines/here there=out/machines/$release

if [ ! -e "$root/made" ]; then
  scripts/remove-root.sh "$root"
  mkdir -p "$cache/machines"
  draft=$(mktemp -d "$cache/machines/draft-XXXXXX")
  trap 'scripts/remove-root.sh "$draft"' EXIT
  # git, and the authorities it trusts: what a clone takes. debootstrap mounts things.
  unshare --mount debootstrap --variant=minbase --include=ca-certificates,git "$release" "$draft" >&2
  chmod 755 "$draft"
  touch "$draft/made"
  mv "$draft" "$root"
  trap - EXIT
fi

# The user's clone, of what is committed; and the kernel and the programs that this machine has, unless they are to be made there.
home=$root/home/lab
chroot "$root" sh -c 'id lab >/dev/null 2>&1 || useradd --create-home lab'
scripts/remove-root.sh "$home/handoff-lab"
git clone --quiet --no-hardlinks . "$home/handoff-lab"
scripts/remove-root.sh "$home/.cache"
mkdir -p "$home/.cache/handoff-lab"
for part in kernel userland; do
  [ ! -d "$cache/$part" ] || [ -n "${MACHINES_COLD-}" ] || cp -a "$cache/$part" "$home/.cache/handoff-lab/"
done
chroot "$root" chown -R lab: /home/lab

as_user() {
  scripts/in-root.sh "$root" setpriv --reuid=lab --regid=lab --clear-groups \
    env HOME=/home/lab LANG=C.UTF-8 bash -c 'cd ~/handoff-lab && "$@"' as_user "$@"
}
# What only root can do there: the very line that the user is told.
if ! said=$(as_user ./scripts/install.sh 2>&1); then
  echo "$said" >&2
  line=$(sed -n "s/^  su -c '\(.*\)'\$/\1/p" <<<"$said")
  [ -n "$line" ] || exit 1
  # tshark asks a question.
  scripts/in-root.sh "$root" env DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2
fi
SECONDS=0
as_user make reproduce "PROFILE=$profile" "EXPERIMENTS=${experiments[*]}" OUT=out/machines >&2 || [ $? -le 2 ] # make's 2: a claim that deviates
echo "$release: make reproduce took $SECONDS s" >&2

bin/handoff-lab run "${experiments[@]}" --profile "$profile" --out "$here" || [ $? -eq 1 ]
scripts/remove-root.sh "$there"
mkdir -p "$(dirname "$there")"
cp -r "$home/handoff-lab/out/machines" "$there"

status=0
if [ -n "${MACHINES_TEST-}" ]; then
  SECONDS=0
  as_user make test >&2 || status=1
  echo "$release: make test took $SECONDS s" >&2
fi
echo "experiment    captures with the same octets here and on $release; SHA-256 of the first one, here and there"
for experiment in "${experiments[@]}"; do
  same=0 all=0 first=
  while read -r capture; do
    a=$(sha256sum <"$here/$experiment/$capture" | cut -c1-16)
    b=$(sha256sum 2>/dev/null <"$there/$experiment/$capture" | cut -c1-16)
    first=${first:-"$a $b  $capture"}
    all=$((all + 1))
    if [ "$a" = "$b" ]; then same=$((same + 1)); else status=1; fi
  done < <(cd "$here/$experiment" && find cells -name '*.pcap' | sort)
  [ "$all" -gt 0 ] || status=1
  printf '%-12s  %3d of %3d  %s\n' "$experiment" "$same" "$all" "$first"
done
exit $status
}
