# Network namespaces: the hub, the nodes and the outside hosts. Nothing is added
# to the machine's own network namespace.

# in_namespace NAME COMMAND…
in_namespace() { nsenter --net="/run/netns/nv-$1" "${@:2}"; }

node_address() { echo "172.30.0.1$1"; }
pod_network() { echo "10.244.$1.0/24"; }

hub_up() {
  if [ -e /run/netns/nv-hub ]; then return; fi
  touch "$state/network"
  # `ip netns` mounts this folder over itself with its first namespace.
  mountpoint -q /run/netns || touch "$state/netns-mount"
  ip netns add nv-hub
  in_namespace hub ip link set lo up
  in_namespace hub ip link add br0 type bridge
  in_namespace hub ip addr add $hub/24 dev br0
  in_namespace hub ip link set br0 up
  in_namespace hub sysctl -qw net.ipv4.ip_forward=1
}

node_network_up() {
  local n=$1 other
  if [ ! -e "/run/netns/nv-n$n" ]; then
    ip netns add "nv-n$n"
    in_namespace "n$n" ip link set lo up
    in_namespace "n$n" ip link add eth0 type veth peer name "n$n" netns nv-hub
    in_namespace hub ip link set "n$n" master br0 up
    in_namespace "n$n" ip addr add "$(node_address "$n")/24" dev eth0
    in_namespace "n$n" ip link set eth0 up
    in_namespace "n$n" ip route add default via $hub
    in_namespace "n$n" sysctl -qw net.ipv4.ip_forward=1
    in_namespace hub ip route add "$(pod_network "$n")" via "$(node_address "$n")"
  fi
  for other in "${nodes[@]}"; do
    [ "$n" = "$other" ] || in_namespace "n$n" ip route replace "$(pod_network "$other")" via "$(node_address "$other")"
  done
}

outside_up() {
  local address
  if [ -e /run/netns/nv-out ]; then return; fi
  ip netns add nv-out
  in_namespace out ip link set lo up
  in_namespace out ip link add eth0 type veth peer name out netns nv-hub
  in_namespace hub ip addr add 192.0.0.1/29 dev out
  in_namespace hub ip link set out up
  in_namespace out ip addr add 192.0.0.2/29 dev eth0
  in_namespace out ip link set eth0 up
  in_namespace out ip route add default via 192.0.0.1
  for address in "${outside[@]}"; do
    in_namespace out ip addr add "$address/32" dev lo
    in_namespace hub ip route add "$address/32" via 192.0.0.2
  done
}

network_up() {
  local n
  hub_up
  for n in "${nodes[@]}"; do node_network_up "$n"; done
  outside_up
}

outside_hosts_up() {
  # A UDP server on all addresses would answer from the interface's own: one for each address.
  daemon outside nsenter --net=/run/netns/nv-out "$k8s/agnhost" netexec --http-port 8080 --udp-port 8081 \
    --udp-listen-addresses "$(IFS=, && echo "${outside[*]}")"
}

network_down() {
  local name
  for name in "${namespaces[@]}"; do
    [ ! -e "/run/netns/nv-$name" ] || ip netns del "nv-$name" || :
  done
  # Where others have put namespaces since, it is theirs too.
  if [ -e "$state/netns-mount" ] && [ -z "$(ls -A /run/netns)" ]; then
    umount /run/netns
    rmdir /run/netns
    rm "$state/netns-mount"
  fi
}
