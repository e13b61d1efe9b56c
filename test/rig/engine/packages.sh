# Installs what the engine needs on Debian and Ubuntu, only where it is missing, and starts no service.
# Sourced by start.sh.

install_missing() {
  local missing=() entry
  for entry in "$@"; do
    command -v "${entry#*:}" >/dev/null || missing+=("${entry%%:*}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]}. Install them with the package manager of this system."
  refuse_other_docker "${missing[@]}"
  say "installing ${missing[*]}"
  without_services apt_install "${missing[@]}" || die "could not install ${missing[*]}; see the lines above"
}

# docker.io and the packages of Docker's own repository push each other out.
refuse_other_docker() {
  [[ " $* " == *' docker.io '* ]] || return 0
  local other
  other=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' docker-ce containerd.io moby-engine podman-docker 2>/dev/null |
    awk '$1 == "ii" { print $2; exit }') || true # dpkg-query fails where it knows none of them.
  [ -z "$other" ] || die "$other is installed but has no dockerd on PATH; repair it, or start Docker and set DOCKER_HOST."
}

# Package lists may be absent on a fresh machine: they are asked for only when the first try fails. Of what apt says,
# only a failure is shown.
apt_install() {
  local log
  log=$(mktemp)
  if ! { apt install "$@" || { apt update && apt install "$@"; }; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root "$@"
}

# A package's own service would start a second engine; policy-rc.d is how Debian is told not to.
without_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  [ ! -e "$policy" ] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}

# Prints the path of a busybox that needs no libraries; one is unpacked below the directory where none is installed.
static_busybox() {
  local installed
  installed=$(command -v busybox || true)
  if [ -n "$installed" ] && ! ldd "$installed" >/dev/null 2>&1; then
    printf '%s' "$installed"
    return
  fi
  if [ ! -x "$1/bin/busybox" ]; then
    mkdir -p "$1"
    (cd "$1" && { apt download busybox-static 2>/dev/null || { apt update && apt download busybox-static; }; }) >&2
    dpkg-deb -x "$1"/busybox-static_*.deb "$1"
  fi
  printf '%s' "$1/bin/busybox"
}
