/**
 * What a stand-in runs: a server for each argument (`tcp:5432`, `http:8080`, `udp:53`), restarted should it end, and
 * a first process that collects every process that ends, its own and those of probes: process ids are few.
 *
 * TCP accepts and closes; HTTP answers 404 for every path, which is an answer. Their backlog is long, since a full one
 * costs a second. UDP answers DNS questions, which is what a probe sends when it is not told what: busybox's echo by
 * udpsvd keeps a process for every peer it ever had, and falls silent after 200, which would look like a policy.
 * All listen on IPv6 and IPv4 where the pod has IPv6, else on IPv4. Nothing is written to the file system.
 */
export const STAND_IN_SERVER = `
any=0.0.0.0
grep -q . /proc/net/if_inet6 2>/dev/null && any=::
serve() {
  while :; do
    case $1 in
      tcp) tcpsvd -E -c 200 -b 200 $any "$2" true ;;
      http) tcpsvd -E -c 200 -b 200 $any "$2" httpd -i -h /tmp ;;
      udp) dnsd -c /dev/null -p "$2" -i $any ;;
    esac
    sleep 1
  done
}
trap 'exit 0' TERM INT
for server; do serve "\${server%%:*}" "\${server#*:}" & done
while :; do sleep 3600 & wait $!; done
`;
