#!/bin/bash
# Imports a tiny image, busybox and a web page, under each reference given, into the engine of DOCKER_HOST
# (unix:// or tcp://), unless it is there. berth/demo serves the page on port 80; every other one runs a shell.
# Needs no docker command, no network and no root.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
say() { printf '[engine] %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}
. "$here/packages.sh"

main() {
  local reference
  for reference in "$@"; do
    engine -o /dev/null -f "http://engine/images/$reference/json" 2>/dev/null || import "$reference"
  done
}

engine() {
  case $DOCKER_HOST in
    unix://*) curl -s --unix-socket "${DOCKER_HOST#unix://}" "$@" ;;
    tcp://*) curl -s --connect-to "engine:80:${DOCKER_HOST#tcp://}" "$@" ;;
    *) die "DOCKER_HOST must begin with unix:// or tcp://: $DOCKER_HOST" ;;
  esac
}

import() {
  local repository=${1%:*} tag=${1##*:} answer
  answer=$(make_root | engine -X POST -H 'Content-Type: application/x-tar' -T - \
    "http://engine/images/create?fromSrc=-&repo=$repository&tag=$tag&$(changes "$repository")")
  [[ $answer == *sha256:* && $answer != *errorDetail* ]] || die "could not import $1: $answer"
  say "image $1"
}

changes() {
  local command='["sh"]'
  [ "$1" != berth/demo ] || command='["httpd","-f","-p","80","-h","/www"]'
  local change
  for change in "CMD $command" 'ENV PATH=/bin:/usr/bin:/sbin:/usr/sbin'; do
    printf 'changes=%s&' "$(printf '%s' "$change" | sed 's/%/%25/g; s/ /%20/g; s/"/%22/g; s/\[/%5B/g; s/\]/%5D/g; s/=/%3D/g')"
  done
}

# The root file system as a tar stream; the same bytes each time.
make_root() {
  local root busybox applet
  busybox=$(static_busybox "${ENGINE_BUSYBOX_DIR:-${TMPDIR:-/tmp}/berth-busybox}")
  root=$(mktemp -d)
  mkdir -p "$root"/{bin,etc,tmp,root,var,usr/bin,www}
  chmod 755 "$root"
  chmod 1777 "$root/tmp"
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  echo 'Hello from a container that Berth looks after.' >"$root/www/index.html"
  tar -C "$root" --numeric-owner --owner=0 --group=0 --sort=name --mtime=@0 -c .
  rm -rf "$root"
}

main "$@"
