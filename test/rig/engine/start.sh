#!/bin/bash
# Starts a private Docker Engine: its own data, sockets, bridge and containerd; nothing of the system's is touched.
# Prints one line, DOCKER_HOST=unix://…, on stdout; what it does goes to stderr. Started already: only prints the line.
#
#   ENGINE_DIR            where data, logs and the stub GPUs' files live; required
#   ENGINE_NAME           of the bridge, at most 8 characters; made from ENGINE_DIR by default
#   ENGINE_GPUS           stub: GPUs without hardware (gpu/README.md); none: whatever the host has. Default none
#   ENGINE_IMAGES         small images to import; default berth-test/busybox:1 berth/demo:1
#   ENGINE_LIVE_RESTORE   true: containers outlive the engine. Default false
#
# Host ports go through docker-proxy instead of iptables, so that several engines can run side by side.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/place.sh"
. "$here/packages.sh"

main() {
  [ "$(id -u)" = 0 ] || die 'a private engine needs root; or start Docker yourself and set DOCKER_HOST'
  [ ${#bridge} -le 10 ] || die "ENGINE_NAME may have 8 characters at most: $ENGINE_NAME"
  mkdir -p "$ENGINE_DIR" "$run_dir"
  exec 8>"$run_dir/start.lock"
  flock 8
  if ! { dockerd_pid >/dev/null && answers; }; then start; fi
  ENGINE_BUSYBOX_DIR=$ENGINE_DIR/busybox DOCKER_HOST=unix://$socket \
    "$here/images.sh" ${ENGINE_IMAGES-berth-test/busybox:1 berth/demo:1} 8>&-
  printf 'DOCKER_HOST=unix://%s\n' "$socket"
}

start() {
  install_missing docker.io:dockerd iproute2:ip procps:ps curl:curl
  [ "${ENGINE_GPUS:-none}" = none ] || install_missing jq:jq
  mount_cgroups
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || echo 1 >/proc/sys/net/ipv4/ip_forward || true
  await_end
  make_bridge
  run_dockerd
}

# A dockerd that is shutting down still holds its data. Containers of one that crashed are left to the next.
await_end() {
  local tenth
  for tenth in $(seq 300); do
    dockerd_pid >/dev/null || break
    sleep 0.1
  done
  rm -f "$pid_file" "$socket"
  # Where nobody reaps it, a dead containerd stays a zombie, which dockerd takes for a running one.
  is_ours "$(cat "$exec_dir/containerd/containerd.pid" 2>/dev/null)" || rm -f "$exec_dir/containerd/containerd.pid"
}

# A container or a small virtual machine may come without them; a hybrid or v1 host gets each missing controller.
mount_cgroups() {
  mountpoint -q /sys/fs/cgroup || mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  [ ! -e /sys/fs/cgroup/cgroup.controllers ] || return 0
  local controller
  for controller in $(awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups); do
    awk -v c="$controller" '$3 == "cgroup" && ("," $4 ",") ~ ("," c ",") { found = 1 } END { exit !found }' /proc/mounts &&
      continue
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
      rmdir "/sys/fs/cgroup/$controller" 2>/dev/null || true
  done
}

# Two engines on one subnet break each other's ports: the first free one is taken, one engine at a time.
make_bridge() {
  local lock
  exec {lock}>/run/berth-subnet.lock
  flock "$lock"
  if ! ip link show "$bridge" >/dev/null 2>&1; then
    ip link add "$bridge" type bridge || die 'cannot make a network bridge here; start Docker yourself and set DOCKER_HOST'
  fi
  subnet=$(ip -4 -o addr show dev "$bridge" | awk '{ split($4, part, "."); print part[3]; exit }')
  if [ -z "$subnet" ]; then
    subnet=$(free_subnet)
    ip addr add "172.28.$subnet.1/24" dev "$bridge"
  fi
  ip link set "$bridge" up
  exec {lock}>&-
}

free_subnet() {
  local used number
  used=$(ip -4 -o addr)
  for number in $(seq 100 250); do
    [[ $used == *" 172.28.$number."* ]] || { printf '%s' "$number"; return; }
  done
  die 'every subnet from 172.28.100 to 172.28.250 is in use'
}

run_dockerd() {
  printf '{}' >"$ENGINE_DIR/daemon.json" # The machine's own /etc/docker/daemon.json is not ours to follow.
  (
    prepare_gpus
    exec setsid nohup dockerd --config-file "$ENGINE_DIR/daemon.json" \
      --data-root "$ENGINE_DIR/data" --exec-root "$exec_dir" --pidfile "$pid_file" --host "unix://$socket" \
      --bridge "$bridge" --iptables=false --ip6tables=false --ip-masq=false \
      --default-address-pool "base=10.$subnet.0.0/16,size=26" \
      --storage-driver "$(storage_driver)" --init-path "$(init_path)" \
      --live-restore="${ENGINE_LIVE_RESTORE:-false}" --shutdown-timeout 5 $(own_namespaces)
  ) >>"$ENGINE_DIR/dockerd.log" 2>&1 </dev/null 8>&- &
  await_answer $!
}

prepare_gpus() {
  [ "${ENGINE_GPUS:-none}" != none ] || return 0
  export STUB_GPU_DIR=$ENGINE_DIR/gpu
  mkdir -p "$STUB_GPU_DIR"
  [ -e "$STUB_GPU_DIR/inventory.csv" ] || cp "$here/gpu/inventory.csv" "$STUB_GPU_DIR/"
  export PATH="$here/gpu/bin:$PATH"
}

# Overlay does not stack on overlay, which is what a container's own root is.
storage_driver() {
  case $(stat -f -c %T "$ENGINE_DIR") in
    overlayfs | aufs | fuseblk) printf vfs ;;
    *) printf overlay2 ;;
  esac
}

init_path() {
  command -v docker-init || command -v tini-static || command -v /usr/libexec/docker/docker-init
}

# dockerd joins a containerd that it finds at the usual place; there, a namespace of its own keeps the engines apart.
own_namespaces() {
  [ ! -S /run/containerd/containerd.sock ] ||
    printf -- '--containerd-namespace moby-%s --containerd-plugins-namespace plugins-%s' "$engine_hash" "$engine_hash"
}

await_answer() {
  local tenth
  for tenth in $(seq 900); do
    ! answers || { say "dockerd runs, pid $(dockerd_pid)"; return; }
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 5 "$ENGINE_DIR/dockerd.log" >&2
  die "dockerd did not come up; its log is $ENGINE_DIR/dockerd.log"
}

main
