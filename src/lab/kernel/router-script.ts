/**
 * The router's first process, as the argument of `sh -c` with the paths of a busybox and of the lab's own
 * folder behind it, on which a tmpfs comes that only the lab's mount namespaces have. Standard input is the
 * life line: when its writer is gone, however it went, this process ends, and with it every process, namespace and
 * mount of the lab. Prints `ready PID IPV6`, the process id as the host numbers it and `6` where there is IPv6.
 *
 * Settings that a kernel does not have, or does not let a user namespace change, are no failure: each is checked for.
 */
export const ROUTER_SCRIPT = `
bb=$1 lab=$2
# The host's /proc is still mounted here.
read -r pid _ </proc/self/stat
set -e
"$bb" mount -t tmpfs -o mode=755 netverdict-lab $lab
root=$lab/root
"$bb" mkdir -p $root/bin $root/usr $root/dev $root/etc $root/proc $root/root $root/tmp $root/var $lab/sandboxes
"$bb" cp "$bb" $root/bin/busybox
"$bb" chroot $root /bin/busybox --install -s /bin
"$bb" ln -s bin $root/sbin
"$bb" ln -s ../bin $root/usr/bin
"$bb" ln -s ../bin $root/usr/sbin
"$bb" ln -s /tmp $root/var/tmp
"$bb" ln -s /tmp $root/var/run
"$bb" ln -s /tmp $root/run
for name in null zero full random urandom; do
  : >$root/dev/$name
  "$bb" mount -o bind /dev/$name $root/dev/$name
done
"$bb" ln -s /proc/self/fd $root/dev/fd
"$bb" ln -s /proc/self/fd/0 $root/dev/stdin
"$bb" ln -s /proc/self/fd/1 $root/dev/stdout
"$bb" ln -s /proc/self/fd/2 $root/dev/stderr
# The first process of a sandbox is busybox init, which collects what ends; with no entry that is all it does.
: >$root/etc/inittab
"$bb" mount -o rbind $root $root
"$bb" mount -o remount,bind,ro $root $root
"$bb" mount -t proc proc /proc
set +e
put() { [ ! -w "$1" ] || echo "$2" 2>/dev/null >"$1"; }
net=/proc/sys/net
put $net/ipv4/ip_forward 1
put $net/ipv6/conf/all/forwarding 1
for scope in all default; do
  put $net/ipv4/conf/$scope/rp_filter 0
  put $net/ipv4/conf/$scope/send_redirects 0
  put $net/ipv4/conf/$scope/accept_local 1
  put $net/ipv6/conf/$scope/accept_ra 0
  put $net/ipv6/conf/$scope/accept_dad 0
  put $net/ipv6/conf/$scope/addr_gen_mode 1
done
# A rejection is an answer that the lab owes to every packet, not only to the first six.
put $net/ipv4/icmp_ratelimit 0
put $net/ipv4/icmp_msgs_per_sec 1000000
put $net/ipv4/icmp_msgs_burst 1000000
put $net/ipv6/icmp/ratelimit 0
# Addresses are used again within seconds: what is over is forgotten.
track=$net/netfilter/nf_conntrack
put \${track}_udp_timeout 5
put \${track}_udp_timeout_stream 15
for state in time_wait close last_ack; do put \${track}_tcp_timeout_$state 1; done
for state in syn_sent syn_recv fin_wait close_wait unacknowledged; do put \${track}_tcp_timeout_$state 10; done
[ -e $net/ipv6 ] && six=6 || six=
echo "ready $pid $six"
exec 3<&0 >/dev/null 2>&1 </dev/null
"$bb" cat <&3 &
exec 3<&-
# Collects whatever ends in the router until the life line does.
wait $!
`;
