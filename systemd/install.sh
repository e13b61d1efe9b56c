#!/bin/sh
# Puts Berth on this machine as a service, from a checkout: `make install`, as root.
#
#   PREFIX   below which it lives: /usr, or /usr/local
#   DESTDIR  a directory that stands for /, for packages and images; nothing outside it is touched then
#
# The new version is built and tried beside the old one and replaces it in one rename; until then a failure changes
# nothing. Configuration and state are never overwritten, and nothing is started, restarted or reloaded.
#
# Not here: removal (uninstall.sh, which lists the same files).
set -eu
umask 022
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr}
root=${DESTDIR:-}
lib=$prefix/lib/berth
stage=$root$lib.new

fail() {
  echo "install: $*" >&2
  exit 1
}

prepare() {
  case $prefix in /usr | /usr/local) ;; *) fail "PREFIX=$prefix: systemd finds units below /usr and /usr/local only" ;; esac
  [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "writing below $prefix needs root: sudo make install"
  rm -rf "$stage"
  mkdir -p "$stage"
  trap 'rm -rf "$stage"' EXIT
}

# Exactly the locked libraries; none of them needs its install script, as all native parts come built.
fetch_libraries() {
  cp package.json package-lock.json .npmrc LICENSE "$stage"
  echo "Fetching the libraries of package-lock.json ..."
  (cd "$stage" && npm ci --ignore-scripts --omit=dev --include=optional --prefer-offline --loglevel=error)
  # npm before 11 leaves this link out.
  [ -e "$stage/node_modules/.bin/node" ] || (cd "$stage/node_modules/.bin" && ln -s ../node-linux-*/bin/node node)
  # A compiler that a library names as its peer, and the headers of Node: a third of the size, never read.
  rm -rf "$stage"/node_modules/typescript "$stage"/node_modules/@typescript "$stage"/node_modules/node-linux-*/include
}

build() {
  npm run -s build -- --outDir "$stage/dist" --sourceMap false || fail "the checkout does not compile; see above"
  "$stage/node_modules/.bin/node" "$stage/dist/daemon/main.js" --version >/dev/null ||
    fail "what was built does not start; the installed version is as it was"
}

replace() {
  rm -rf "$root$lib.old"
  [ ! -e "$root$lib" ] || mv "$root$lib" "$root$lib.old"
  mv "$stage" "$root$lib"
  rm -rf "$root$lib.old"
}

# command_file NAME FILE: a program that runs FILE with the Node that was shipped along.
command_file() {
  mkdir -p "$root$prefix/bin"
  printf '#!/bin/sh\nexec %s/node_modules/.bin/node %s/dist/%s "$@"\n' "$lib" "$lib" "$2" >"$root$prefix/bin/$1"
  chmod 755 "$root$prefix/bin/$1"
}

service_files() {
  units=$root$prefix/lib/systemd/system
  mkdir -p "$units"
  sed "s|/usr/bin/|$prefix/bin/|" systemd/berthd.service >"$units/berthd.service"
  install -m 644 systemd/berthd.socket systemd/berthd-rest.socket "$units"
  install -D -m 644 systemd/berth.sysusers.conf "$root$prefix/lib/sysusers.d/berth.conf"
  install -D -m 644 systemd/berth.tmpfiles.conf "$root$prefix/lib/tmpfiles.d/berth.conf"
  [ -e "$root/etc/berth/berth.toml" ] || install -D -m 644 systemd/berth.toml "$root/etc/berth/berth.toml"
}

# The group must be there before systemd opens the socket for it.
make_group() {
  [ -z "$root" ] || return 0
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers "$prefix/lib/sysusers.d/berth.conf"
  else
    getent group berth >/dev/null || groupadd --system berth
  fi
}

running() { [ -z "$root" ] && systemctl is-active --quiet berthd.service 2>/dev/null; }

say_what_next() {
  echo
  echo "Berth is installed in $root$lib; configuration in $root/etc/berth/berth.toml, state in /var/lib/berth."
  if running; then
    echo "The daemon still runs the version before. Containers run on while you restart it:"
    echo "  systemctl daemon-reload && systemctl restart berthd"
    echo "Note: daemon-reload can take the GPUs away from running containers that were given them by the NVIDIA hook"
    echo "(not by CDI); without changed units, the restart alone will do."
  elif [ -z "$root" ]; then
    echo "Start it, now and at every boot, and let people in:"
    echo "  systemctl enable --no-reload berthd && systemctl start berthd"
    echo "  usermod -aG berth NAME"
    echo "  berth gpus"
  fi
}

prepare
fetch_libraries
build
replace
command_file berth tui/main.js
command_file berthd daemon/main.js
service_files
make_group
say_what_next
