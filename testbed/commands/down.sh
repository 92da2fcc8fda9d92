# down: stops everything and leaves nothing behind. The state folder goes last,
# and only when nothing is left that it is needed for.

command_down() {
  case "$*" in
    '') ;;
    --force) ;;
    *) wrong_usage "down does not know '$*'" ;;
  esac
  require_linux
  require_root
  if [ "${1-}" = --force ]; then
    locked
    kill_all_left
  else
    ours
    if [ ! -e "$state" ]; then
      say "nothing to do"
      return
    fi
    locked
  fi
  processes_down
  network_down
  cgroups_down
  sysctls_down
  dirs_down
  nothing_is_left
  rm -rf --one-file-system "$state"
  say "down"
}

processes_down() {
  local n name
  # Killing a node's first process ends all in it: kubelet, containerd, engine, pods.
  for n in "${nodes[@]}"; do stop "node$n"; done
  for name in kube-scheduler kube-controller-manager netns-forward outside kube-apiserver; do stop "$name"; done
  stop etcd # last: an API server without etcd does not stop by itself
  for name in $(recorded); do stop "$name"; done
  # Those that had started them need a moment to notice.
  for _ in $(seq 50); do
    [ -n "$(left_processes)" ] || break
    sleep 0.1
  done
}

# What no state folder knows of any more.
kill_all_left() {
  local pid
  for pid in $(left_processes); do kill -s KILL "$pid" 2>/dev/null || :; done
}

sysctls_down() {
  local pair
  for pair in $(changed_sysctls); do sysctl -qw "$pair" || :; done
}

dirs_down() {
  local path
  for path in $(made_dirs); do rmdir "$path" 2>/dev/null || :; done
}

nothing_is_left() {
  local left
  left=$(leftovers)
  [ -z "$left" ] || die "this is left; $state is kept for another down:"$'\n'"$left"
}
