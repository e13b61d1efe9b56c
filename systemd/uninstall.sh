#!/bin/sh
# Takes off this machine what install.sh put there: `make uninstall`, as root, with the same PREFIX and DESTDIR.
# Configuration, state and the group berth stay, and so do the containers; it says where.
set -eu

prefix=${PREFIX:-/usr}
root=${DESTDIR:-}
units='berthd.socket berthd-rest.socket berthd.service'

[ -n "$root" ] || [ "$(id -u)" = 0 ] || {
  echo "uninstall: removing from $prefix needs root: sudo make uninstall" >&2
  exit 1
}

# No reload: it can take the GPUs away from running containers. Units that are gone are forgotten at the next one.
for unit in $units; do
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl stop "$unit" || true
    systemctl disable --quiet --no-reload "$unit" || true
    systemctl reset-failed "$unit" 2>/dev/null || true
  fi
  rm -f "$root$prefix/lib/systemd/system/$unit"
done
rm -f "$root$prefix/bin/berth" "$root$prefix/bin/berthd"
rm -f "$root$prefix/lib/sysusers.d/berth.conf" "$root$prefix/lib/tmpfiles.d/berth.conf"
rm -rf "$root$prefix/lib/berth" "$root$prefix/lib/berth.new" "$root$prefix/lib/berth.old" "$root/var/cache/berth"
rmdir "$root/run/berth" 2>/dev/null || true

echo "Berth is removed. Kept: $root/etc/berth (configuration), $root/var/lib/berth (state), the group berth,"
echo "and every container that Berth made; 'docker ps --filter label=berth.instance' lists those that run."
