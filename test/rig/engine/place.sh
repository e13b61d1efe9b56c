# Where an engine of ENGINE_DIR lives. Sourced by start.sh and stop.sh, which must agree.
#
# Sockets live under /run, named by a hash: a Unix socket's path may have some 100 bytes, a checkout's may have more.

export LC_ALL=C
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

ENGINE_DIR=$(realpath -m "${ENGINE_DIR:?the directory of the engine}")
engine_hash=$(printf '%s' "$ENGINE_DIR" | sha1sum | cut -c1-8)
run_dir=/run/berth-$engine_hash
exec_dir=$run_dir/exec
socket=$run_dir/docker.sock
pid_file=$run_dir/docker.pid
bridge=${ENGINE_NAME:-b$(printf '%s' "$engine_hash" | cut -c1-7)}br

say() { printf '[engine] %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# Whether a process was started for this engine: its command line names the engine's own directory.
is_ours() {
  [ -n "${1:-}" ] && { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null | grep -qF -- "$run_dir/"
}

dockerd_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) && is_ours "$pid" && printf '%s' "$pid"
}

answers() {
  [ "$(curl -s -m 3 --unix-socket "$socket" http://engine/_ping 2>/dev/null)" = OK ]
}
