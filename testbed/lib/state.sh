# The state folder: a cluster's files, and what must be put back when it goes.

# `down` removes this folder, so it must hold nothing else.
nothing_but_state() {
  [ ! -e "$state" ] || [ -f "$state/lock" ] || [ -z "$(ls -A "$state")" ] ||
    refuse "$state holds something else than a cluster's state; set NETVERDICT_CLUSTER_DIR to a folder of its own"
}

# One command at a time changes a cluster. `down` removes the lock with all the
# rest, so a lock that was waited for may be of a folder that is gone.
locked() {
  nothing_but_state
  while :; do
    mkdir -p "$state"
    exec 9>"$state/lock"
    flock -n 9 || {
      say "waiting for another cluster command"
      flock 9
    }
    if [ "$state/lock" -ef /proc/self/fd/9 ]; then return; fi
  done
}

# The namespaces' and cgroups' names are fixed: leave another cluster's alone.
ours() {
  [ ! -e /run/netns/nv-hub ] || [ -e "$state/network" ] ||
    refuse "a cluster is there, but its state is not in $state: set NETVERDICT_CLUSTER_DIR;" \
      "or, if its state is lost: down --force"
}

# The parts the cluster was started from: built later, they would have other names.
remember_parts() {
  local parts
  parts=$(printf '%s\n' "$k8s" "$engine_bin" "$dns" "$images")
  if [ -f "$state/build" ] && [ "$parts" != "$(cat "$state/build")" ]; then
    say "the sources have changed: what runs stays as it is until down and up"
  fi
  echo "$parts" >"$state/build"
}

# Sets k8s, engine_bin, dns and images to those of the running cluster.
recall_parts() {
  require_linux
  require_root
  [ -f "$state/build" ] || refuse "not running; start it with: $0 up"
  { read -r k8s && read -r engine_bin && read -r dns && read -r images; } <"$state/build"
}

remember_sysctls() {
  local name
  [ ! -f "$state/sysctls" ] || return 0
  for name in "${kubelet_sysctls[@]}"; do echo "$name=$(sysctl -n "$name")"; done >"$state/sysctls.new"
  mv "$state/sysctls.new" "$state/sysctls"
}

# changed_sysctls: NAME=VALUE of each that has another value than it had before.
changed_sysctls() {
  local pair
  [ -f "$state/sysctls" ] || return 0
  while read -r pair; do
    [ "$(sysctl -n "${pair%%=*}")" = "${pair#*=}" ] || echo "$pair"
  done <"$state/sysctls"
}

# make_dir PATH: in the machine's own tree; remembered, parents first, so that `down` can remove it.
make_dir() {
  local path="" part
  for part in ${1//\// }; do
    path=$path/$part
    [ ! -d "$path" ] || continue
    mkdir "$path"
    echo "$path" >>"$state/made-dirs"
  done
}

# made_dirs: those that are still there, the deepest first. One that holds somebody else's file by now is theirs
# (buildah locks /etc/cni/net.d, say).
made_dirs() {
  local path
  [ -f "$state/made-dirs" ] || return 0
  tac "$state/made-dirs" | while read -r path; do
    if [ -d "$path" ] && [ -z "$(find "$path" ! -type d -print -quit)" ]; then echo "$path"; fi
  done
}
