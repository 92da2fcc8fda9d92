# Where things are and what they are called.

# absolute PATH: without links, so that it can be looked up in the kernel's tables.
# Where realpath lacks -m (it is not GNU's) no cluster can run anyway.
absolute() { realpath -m -- "$1" 2>/dev/null || printf '%s\n' "$1"; }

state=$(absolute "${NETVERDICT_CLUSTER_DIR:-/tmp/netverdict-cluster}")
cache=$(absolute "${NETVERDICT_CLUSTER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/netverdict-cluster}")
port=${NETVERDICT_CLUSTER_PORT:-16443}

engines=(reject kube-network-policies cluster-network-policy none)
nodes=(1 2)

# Network namespaces, each nv-NAME: the control plane's with the bridge, the nodes', and the outside hosts'.
namespaces=(hub n1 n2 out)
hub=172.30.0.1
# Hosts outside the cluster, for ipBlock rules: documentation addresses, two clouds' metadata services, two in one /16.
outside=(203.0.113.10 198.51.100.10 169.254.169.254 100.100.100.200 128.12.10.10 128.12.46.10)

cgroup_controllers=(cpu cpuacct cpuset memory devices freezer blkio pids systemd)
# A node's own folders; the rest of the machine's tree it shares.
node_dirs=(run var/lib/kubelet var/lib/containerd var/lib/cni etc/cni/net.d var/log/pods var/log/containers)
# The kubelet writes these; they belong to the machine and are put back by `down`.
kubelet_sysctls=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
  kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

# The netfilter queue that an engine reads, and the mark by which the reject engine says "deny".
queue_number=100
deny_mark=0x8000000
