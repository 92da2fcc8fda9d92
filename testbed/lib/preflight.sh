# What the machine must have, said before anything is changed.

elsewhere="elsewhere the e2e suite runs on kind or any other cluster: KUBECONFIG=… npm run test:e2e"

require_linux() { [ "$(uname -s)" = Linux ] || refuse "the testbed needs Linux; $elsewhere"; }

require_root() {
  [ "$(id -u)" = 0 ] ||
    refuse "the testbed needs root, for network namespaces, mounts and cgroups; $elsewhere"
}

require_cgroup_v1() {
  [ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/devices ] ||
    refuse "the testbed needs cgroup v1 controllers under /sys/fs/cgroup, and this machine has none; $elsewhere"
}

# there PROOF: a command, or the pattern of a file's path.
there() {
  case $1 in
    /*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# packages_for run|build
packages_for() { awk -v use="$1" '!/^#/ && $3 == use { print $1, $2 }' "$here/packages.txt"; }

# missing_packages run|build
missing_packages() {
  local package proof
  packages_for "$1" | while read -r package proof; do
    there "$proof" || echo "$package"
  done
}

# Go switches to the version that a module asks for, unless it is too old to know of such a thing.
go_works() { command -v go >/dev/null && (cd "$here/modules/k8s" && go list -m >/dev/null 2>&1); }

# require_packages run|build…: names all that is missing, and one command that installs it.
require_packages() {
  local use package missing=() go=""
  for use in "$@"; do
    while read -r package; do missing+=("$package"); done < <(missing_packages "$use")
  done
  go_works || go="Go $(sed -n 's/^go //p' "$here/modules/k8s/go.mod") or newer (https://go.dev/dl/)"
  if [ ${#missing[@]} -gt 0 ]; then
    refuse "missing${go:+ $go, and} packages; install them (names are Debian's):" \
      "apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  [ -z "$go" ] || refuse "missing $go"
}

# The kernel's parts are tried in a network namespace that goes away with the trial.
require_kernel() {
  [ -e /dev/kmsg ] || refuse "the kubelet reads /dev/kmsg, and there is none"
  grep -q overlay /proc/filesystems || refuse "the kernel lacks overlayfs, which containerd's images need"
  unshare --net true 2>/dev/null || refuse "the kernel or the container forbids new network namespaces"
  unshare --net sh -c 'ip link add nv0 type bridge && ip link add nv1 type veth peer name nv2' 2>/dev/null ||
    refuse "the kernel lacks bridge or veth interfaces"
  unshare --net sh -c 'nft add table ip t &&
      nft "add chain ip t c { type nat hook prerouting priority -100; }" &&
      nft add rule ip t c fib daddr type local numgen random mod 2 vmap { 0 : accept, 1 : accept }' 2>/dev/null ||
    refuse "the kernel lacks the nftables parts (nat, fib, numgen) that kube-proxy needs"
  unshare --net sh -c 'iptables -t mangle -A POSTROUTING -m conntrack --ctstate NEW -j NFQUEUE --queue-num 1 --queue-bypass &&
      iptables -A FORWARD -m mark --mark 1 -j REJECT' 2>/dev/null ||
    refuse "the kernel lacks iptables NFQUEUE, conntrack, mark or REJECT, which the policy engines need"
}

# Everything for `up`. What a build needs is asked for only where one is due.
preflight() {
  require_linux
  require_root
  require_cgroup_v1
  if go_works && parts_are_built; then require_packages run; else require_packages run build; fi
  require_kernel
}
