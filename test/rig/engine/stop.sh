#!/bin/bash
# Stops the engine of ENGINE_DIR with all its containers; whatever else runs on the machine is left alone.
#   stop.sh          its images, containers and volumes stay for the next start
#   stop.sh --wipe   nothing of it stays
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/place.sh"

main() {
  [ "${1:-}" != --wipe ] || kill_containers
  stop_dockerd
  kill_containers # Of an engine that crashed, or that let them outlive it.
  stop_orphans
  release_mounts
  rm -rf "$pid_file" "$socket" "$exec_dir" # What a reboot would clear: stale shims make the next start wait.
  [ "${1:-}" = --wipe ] || return 0
  ip link del "$bridge" 2>/dev/null
  rm -rf "$ENGINE_DIR" "$run_dir"
}

kill_containers() {
  local container
  for container in "$exec_dir"/runtime-*/moby*/*/; do
    [ -d "$container" ] && runc --root "$(dirname "$container")" delete --force "$(basename "$container")" 2>/dev/null
  done
}

stop_dockerd() {
  local pid tenth
  pid=$(dockerd_pid) || return 0
  kill -TERM "$pid"
  for tenth in $(seq 200); do
    is_ours "$pid" || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null
}

# Shims, docker-proxies and containerd of this engine that outlived its dockerd. Containerd goes last.
stop_orphans() {
  local pid
  for pid in $(our_pids 'containerd-shim|docker-proxy') $(our_pids 'containerd'); do
    kill -KILL "$pid" 2>/dev/null
  done
}

our_pids() {
  local process
  for process in /proc/[0-9]*; do
    is_ours "${process#/proc/}" || continue
    tr '\0' '\n' <"$process/cmdline" 2>/dev/null | head -n 1 | grep -qE "$1" && printf '%s ' "${process#/proc/}"
  done
}

release_mounts() {
  awk -v data="$ENGINE_DIR/" -v run="$run_dir/" 'index($2, data) == 1 || index($2, run) == 1 { print $2 }' /proc/self/mounts |
    sort -r | while read -r mount; do umount -l "$mount" 2>/dev/null; done
}

main "$@"
