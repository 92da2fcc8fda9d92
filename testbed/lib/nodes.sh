# Nodes: own mount, name, process and network namespaces and an own cgroup each.

# in_node NODE COMMAND…
in_node() { nsenter -t "$(pid_of "node$1")" -m -u -n -p -- "${@:2}"; }

# node_number NAME: 1 for node1.
node_number() {
  local n
  for n in "${nodes[@]}"; do
    if [ "${1-}" = "node$n" ]; then
      echo "$n"
      return
    fi
  done
  wrong_usage "no node '${1-}'; there are: ${nodes[*]/#/node}"
}

node_cgroups_up() {
  local n=$1 name
  for name in "${cgroup_controllers[@]}"; do
    [ -d "/sys/fs/cgroup/$name" ] || continue
    mkdir -p "/sys/fs/cgroup/$name/nv-node$n"
  done
  for name in cpus mems; do
    cat "/sys/fs/cgroup/cpuset/cpuset.$name" >"/sys/fs/cgroup/cpuset/nv-node$n/cpuset.$name"
  done
}

# A node's first process ends all in it when it ends; its children run in the node's namespaces.
first_process_up() {
  local n=$1 dir=$state/node$1 wrapper child
  if alive "node$n"; then return; fi
  node_files "$n"
  rm -rf "$dir/run" "$dir/ready" "$state/pids/"*-node"$n"
  mkdir "$dir/run"
  node_cgroups_up "$n"
  {
    cd / && exec setsid nsenter --net="/run/netns/nv-n$n" unshare --mount --uts --pid --fork --kill-child --mount-proc \
      bash "$here/node-init.sh" "node$n" "$dir" "$images/pause" "${node_dirs[@]}"
  } </dev/null >>"$state/log/node$n.log" 2>&1 9>&- &
  wrapper=$!
  until child=$(child_of "$wrapper") && [ -n "$child" ] && [ -e "$dir/ready" ]; do
    kill -0 "$wrapper" 2>/dev/null || die "node$n did not start; see $state/log/node$n.log"
    sleep 0.02
  done
  record "node$n" "$child"
}

kubelet_up() {
  local n=$1
  node_daemon "$n" "kubelet-node$n" "$k8s/kubelet" --config="$state/node$n/kubelet.yaml" \
    --kubeconfig="$state/kc/node$n" --hostname-override="node$n" --node-ip="$(node_address "$n")" \
    --root-dir=/var/lib/kubelet
  node_daemon "$n" "kube-proxy-node$n" "$k8s/kube-proxy" --config="$state/node$n/kube-proxy.yaml"
}

nodes_up() {
  local n path loading=()
  # What a node mounts its own folders over must be in the machine's tree.
  for path in "${node_dirs[@]}"; do make_dir "$path"; done
  for n in "${nodes[@]}"; do
    first_process_up "$n"
    node_daemon "$n" "containerd-node$n" containerd -c "$state/node$n/containerd.toml"
  done
  for n in "${nodes[@]}"; do
    node_images_up "$n" &
    loading+=($!)
  done
  for n in "${loading[@]}"; do wait "$n" || exit 1; done
  for n in "${nodes[@]}"; do kubelet_up "$n"; done
  for n in "${nodes[@]}"; do
    until_ok 60 "node$n registered" kube get node "node$n"
    kube patch node "node$n" -p "{\"spec\":{\"podCIDR\":\"$(pod_network "$n")\",\"podCIDRs\":[\"$(pod_network "$n")\"]}}" >/dev/null
  done
  kube wait --for=condition=Ready nodes --all --timeout=60s >/dev/null || die "nodes not ready; logs are in $state/log"
}

node_cgroups() { find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -type d -name 'nv-node[12]' 2>/dev/null || :; }

# The kernel takes a moment to let go of the cgroups of killed processes.
cgroups_down() {
  local path
  for path in $(node_cgroups); do
    for _ in $(seq 50); do
      find "$path" -depth -type d -exec rmdir {} + 2>/dev/null || :
      [ -d "$path" ] || break
      sleep 0.1
    done
  done
}
