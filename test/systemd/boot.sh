#!/bin/bash
# A machine of its own for the systemd test: a small Debian with systemd as PID 1, and Berth installed in it.
#
#   boot.sh make DIR        builds DIR/root (Debian from the mirror this machine uses) and installs Berth in it
#   boot.sh start DIR       boots it, with loopback only and DIR/engine as /run/engine; returns when it is up
#   boot.sh in DIR COMMAND  runs COMMAND inside, as root
#   boot.sh stop DIR        powers it off
#
# The plain Debian is kept in ${TMPDIR:-/tmp}/berth-boot-rootfs, so that it is fetched once. Needs root and Debian or
# a relative of it. Not here: what is tried inside (boot.test.ts).
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

# This machine's own release where it is Debian, so that its mirror has it.
release=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-bookworm}" || echo bookworm)
packages=systemd,systemd-sysv,dbus,curl
cache=${TMPDIR:-/tmp}/berth-boot-rootfs/$release
checkout=$(cd "$(dirname "$0")/../.." && pwd)

fail() {
  echo "boot.sh: $*" >&2
  exit 1
}

need_tools() {
  [ "$(id -u)" = 0 ] || fail "booting a systemd needs root"
  command -v apt-get >/dev/null || fail "this needs Debian or a relative of it"
  local missing=()
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
  [ ${#missing[@]} = 0 ] && return
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# The mirror that apt itself uses for this release, else Debian's own choice.
mirror() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release=$release '$2 == release && $3 == "main" { print $1; exit }'
}

plain_debian() {
  [ ! -e "$cache/made" ] || return 0
  rm -rf "$cache"
  mkdir -p "$cache"
  # shellcheck disable=SC2046
  debootstrap --variant=minbase --include=$packages $release "$cache/root" $(mirror) >"$cache/log" 2>&1 ||
    fail "debootstrap failed: $(tail -3 "$cache/log")"
  touch "$cache/made"
}

make_root() {
  need_tools
  plain_debian
  mkdir -p "$1/engine"
  cp -a --reflink=auto "$cache/root" "$1/root"
  make -s -C "$checkout" install DESTDIR="$1/root"
  cp "$checkout/systemd/uninstall.sh" "$1/root/opt/"
}

# Where PID 1 is no systemd there is nobody to register with.
nspawn_flags() {
  [ -d /run/systemd/system ] || echo --register=no --keep-unit
}

# Volumes are image files on loop devices, which belong to the machine below.
loop_devices() {
  local device
  for device in /dev/loop-control /dev/loop[0-9]*; do
    [ ! -e "$device" ] || printf -- '--bind=%s ' "$device"
  done
}

start() {
  # shellcheck disable=SC2046
  systemd-nspawn $(nspawn_flags) --quiet --boot --directory="$1/root" --machine="berth-boot-$$" \
    --private-network --bind="$1/engine:/run/engine" $(loop_devices) </dev/null >"$1/console.log" 2>&1 &
  echo $! >"$1/nspawn.pid"
  for _ in $(seq 300); do
    kill -0 "$(cat "$1/nspawn.pid")" 2>/dev/null || fail "systemd did not boot: $(tail -3 "$1/console.log")"
    # The last word is 'running', or 'degraded' where a unit of Debian's own does not work in a container.
    case $(inside "$1" systemctl is-system-running 2>/dev/null) in running | degraded) return ;; esac
    sleep 0.2
  done
  fail "systemd was not up in a minute: $(tail -3 "$1/console.log")"
}

inside() {
  local nspawn leader
  nspawn=$(cat "$1/nspawn.pid")
  leader=$(cat "/proc/$nspawn/task/$nspawn/children")
  shift
  nsenter --target "${leader%% *}" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"
}

stop() {
  [ -e "$1/nspawn.pid" ] || return 0
  local nspawn
  nspawn=$(cat "$1/nspawn.pid")
  inside "$1" systemctl --no-block poweroff || true
  timeout 60 tail --pid="$nspawn" -f /dev/null || kill -9 "$nspawn" || true
}

command=${1:-} directory=${2:-}
[ -n "$directory" ] || fail "usage: boot.sh make|start|in|stop DIR"
shift 2
case $command in
  make) make_root "$directory" ;;
  start) start "$directory" ;;
  in) inside "$directory" "$@" ;;
  stop) stop "$directory" ;;
  *) fail "no such command: $command" ;;
esac
