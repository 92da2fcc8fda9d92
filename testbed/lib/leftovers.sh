# What of a cluster is on the machine, found by looking at the machine, not at what was recorded:
# the state folder may be lost. Only what must be put back to a former value is known by the state alone.

# left_processes: the pids. A node's containers are in its cgroup; the rest runs from the cache,
# or is a tool of the machine at work in a cluster's namespace or with a file of its state.
# A kubectl is somebody's own.
left_processes() {
  local path pid
  {
    find /proc -mindepth 2 -maxdepth 2 -name exe -lname "$cache/*" 2>/dev/null | cut -d/ -f3 || :
    for path in $(node_cgroups); do find "$path" -name cgroup.procs -exec cat {} + 2>/dev/null || :; done
    for path in $(left_namespaces); do ip netns pids "${path##*/}" 2>/dev/null || :; done
    pgrep -f "^([^ ]*/)?(containerd|nsenter|unshare) .*$state/" || :
  } | sort -nu | while read -r pid; do
    if [ -n "$(start_time "$pid")" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != kubectl ]; then echo "$pid"; fi
  done
}

left_namespaces() {
  local name
  for name in "${namespaces[@]}"; do
    [ ! -e "/run/netns/nv-$name" ] || echo "/run/netns/nv-$name"
  done
}

left_mounts() { awk -v within="$state/" 'index($5, within) == 1 { print $5 }' /proc/self/mountinfo; }

# Rules belong in the nodes' namespaces. Here they would queue the machine's own packets.
left_rules() {
  # Not `iptables -S`: listing a table that does not exist makes it.
  iptables-save 2>/dev/null |
    grep -e "--ctstate NEW -j NFQUEUE --queue-num $queue_number " -e "--mark $deny_mark/$deny_mark " || :
  nft list tables 2>/dev/null | grep -e ' kube-network-policies$' || :
}

# leftovers: a line each, but for the state folder.
leftovers() {
  local pid
  for pid in $(left_processes); do
    echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c-100)"
  done
  left_namespaces | sed 's/^/network namespace /'
  left_mounts | sed 's/^/mount /'
  node_cgroups | sed 's/^/cgroup /'
  left_rules | sed 's/^/rule /'
  changed_sysctls | sed 's/^/sysctl that was /'
  made_dirs | sed 's/^/folder /'
}
