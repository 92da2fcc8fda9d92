# The configuration of what runs on a node.

node_files() {
  local n=$1 dir=$state/node$1 p
  for p in "${node_dirs[@]}"; do mkdir -p "$dir/$p"; done
  cat >"$dir/containerd.toml" <<EOF
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs","io.containerd.snapshotter.v1.zfs","io.containerd.snapshotter.v1.devmapper","io.containerd.snapshotter.v1.aufs"]
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "cluster.test/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true # works without CAP_SYS_RESOURCE too
  enable_unprivileged_ports = true # containerd 2's default: non-root pods may listen below 1024
  enable_unprivileged_icmp = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
EOF
  cat >"$dir/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $state/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $state/pki/node$n.crt
tlsPrivateKeyFile: $state/pki/node$n.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /nv-node$n # two kubelets under one root would delete each other's pods
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0 # works without CAP_SYS_RESOURCE too
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
resolvConf: $dir/resolv.conf
volumePluginDir: /var/lib/kubelet/volume-plugins # the default lies outside a node's own folders
imageGCHighThresholdPercent: 100
evictionHard: {nodefs.available: "0%", nodefs.inodesFree: "0%", imagefs.available: "0%"}
serializeImagePulls: false
kubeAPIQPS: 100
kubeAPIBurst: 200
shutdownGracePeriod: 0s
EOF
  # ptp, not bridge: every packet is routed, so the policy engine sees it even within a node.
  cat >"$dir/etc/cni/net.d/10-pods.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipMasq": false, "mtu": 1500,
   "ipam": {"type": "host-local", "dataDir": "/var/lib/cni/networks",
            "ranges": [[{"subnet": "$(pod_network "$n")"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
  cat >"$dir/kube-proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
hostnameOverride: node$n
clusterCIDR: 10.244.0.0/16
oomScoreAdj: 0
clientConnection: {kubeconfig: $state/kc/proxy}
conntrack: {maxPerCore: 0, min: 0} # nf_conntrack_max cannot be written in a network namespace
EOF
  echo '# no name server: pods with dnsPolicy Default resolve nothing' >"$dir/resolv.conf"
}
