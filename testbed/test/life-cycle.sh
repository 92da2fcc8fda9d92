#!/usr/bin/env bash
# The testbed's own test: up, faults and healing, every engine, down, and that
# the machine is then as it was before. Takes some five minutes, and wants the
# machine without a cluster. What fails ends it and leaves the cluster to look at.
set -euo pipefail

cluster=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/cluster
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "not ok - $*"
  exit 1
}

# expect SENTENCE EXIT-CODE COMMAND…: its output is then in $work/out and $work/err.
expect() {
  local sentence=$1 wanted=$2 code=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  if [ "$code" != "$wanted" ]; then
    cat "$work/out" "$work/err"
    fail "$sentence (exit code $code, not $wanted)"
  fi
  echo "ok - $sentence"
}

# said out|err PATTERN
said() {
  if ! grep -qE -e "$2" "$work/$1"; then
    cat "$work/$1"
    fail "no line '$2' on std$1"
  fi
}

# What the cluster could leave, read from the machine and not from what `leftovers` knows of it.
machine() {
  echo "# network namespaces" && ls /run/netns 2>/dev/null || :
  echo "# mounts" && cut -d' ' -f5 /proc/self/mountinfo | sort
  echo "# cgroups" && find /sys/fs/cgroup -maxdepth 2 -type d | sort
  echo "# folders" && find /etc /opt /run /var -xdev -maxdepth 2 -type d 2>/dev/null | sort
  echo "# links and routes" && ip -o link | cut -d: -f2 && ip route
  echo "# rules" && iptables-save 2>/dev/null | grep -v '^[#:]' || :
  nft list tables 2>/dev/null || :
  # These change by themselves.
  echo "# sysctls" && sysctl -a --pattern '^(kernel|vm)\.' 2>/dev/null |
    grep -vE '^kernel\.(random\.|ns_last_pid|pty\.nr|perf_event_max_sample_rate|tainted)' | sort
  echo "# processes" && cat /proc/[0-9]*/comm 2>/dev/null |
    grep -xE 'etcd|kube-.*|kubelet|netns-forward|containerd.*|runc|reject|standard|npa-.*|agnhost|coredns|pause' | sort || :
}

# works ENGINE
works() {
  expect "status: all of it runs" 0 "$cluster" status
  said out "^policy engine: $1\$"
  expect "check: $1 does what it should" 0 "$cluster" check
  [ "$(grep -c '^ok ' "$work/out")" = 3 ] || fail "check says ok to other than its three steps"
}

# heals WHAT: what status calls dead is started again.
heals() {
  expect "status notices that $1 is dead" 1 "$cluster" status
  said out "^$1 +DEAD\$"
  expect "up heals $1" 0 "$cluster" up
  works reject
}

expect "leftovers: nothing is there before" 0 "$cluster" leftovers
machine >"$work/before"

expect "an unknown command is refused" 2 "$cluster" frobnicate
expect "an unknown engine is refused" 2 "$cluster" up --engine frobnicate
expect "kubectl without a cluster is refused" 2 "$cluster" kubectl get nodes
expect "status without a cluster fails" 1 "$cluster" status
expect "down without a cluster has nothing to do" 0 "$cluster" down

expect "up" 0 "$cluster" up
kubeconfig=$(cat "$work/out")
[ -f "$kubeconfig" ] || fail "up prints '$kubeconfig', which is not the kubeconfig's path alone"
works reject
expect "kubectl reaches both nodes" 0 "$cluster" kubectl --kubeconfig="$kubeconfig" get nodes -o name
[ "$(sort "$work/out" | tr '\n' ' ')" = "node/node1 node/node2 " ] || fail "other nodes: $(cat "$work/out")"
expect "leftovers finds a cluster that runs" 1 "$cluster" leftovers

"$cluster" status >"$work/running"
expect "up again" 0 "$cluster" up
"$cluster" status | diff <(grep pid "$work/running") <(grep pid) || fail "up replaced what runs"
echo "ok - up leaves alone what runs"

expect "kill-engine" 0 "$cluster" kill-engine node1
heals engine-node1
expect "kill-node" 0 "$cluster" kill-node node2
heals node2

for engine in kube-network-policies cluster-network-policy none; do
  expect "engine $engine" 0 "$cluster" engine "$engine"
  expect "engine is $engine" 0 "$cluster" engine
  said out "^$engine\$"
  works "$engine"
done

expect "down" 0 "$cluster" down
expect "leftovers: nothing is there after" 0 "$cluster" leftovers
machine >"$work/after"
diff "$work/before" "$work/after" || fail "the machine is not as it was before"
echo "ok - the machine is as it was before"

# A state folder in /tmp may be swept away under a running cluster.
expect "up once more" 0 "$cluster" up
rm -rf "$(dirname "$(cat "$work/out")")/pids"
mv "$(dirname "$(cat "$work/out")")/network" "$work/network"
expect "a cluster without its state is left alone" 2 "$cluster" down
expect "down --force removes it" 0 "$cluster" down --force
expect "leftovers: nothing is there after" 0 "$cluster" leftovers
machine >"$work/after"
diff "$work/before" "$work/after" || fail "the machine is not as it was before"
echo "ok - the machine is as it was before"
