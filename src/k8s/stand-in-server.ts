/**
 * What a stand-in runs: a server for each argument (`tcp:5432`, `http:8080`, `udp:53`), restarted should it end, and
 * a first process that collects every process that ends, its own and those of probes: busybox `timeout` leaves some
 * behind, and process ids are few.
 *
 * TCP and UDP echo; HTTP answers 404 for every path, which is an answer. All listen on IPv6 and IPv4 where the pod has
 * IPv6, else on IPv4. Nothing is written to the file system.
 */
export const STAND_IN_SERVER = `
any=0.0.0.0
grep -q . /proc/net/if_inet6 2>/dev/null && any=::
serve() {
  while :; do
    case $1 in
      tcp) tcpsvd -E -c 200 $any "$2" cat ;;
      udp) udpsvd -E -c 200 $any "$2" cat ;;
      http) if [ $any = :: ]; then httpd -f -p "[::]:$2" -h /tmp; else httpd -f -p "$2" -h /tmp; fi ;;
    esac
    sleep 1
  done
}
trap 'exit 0' TERM INT
for server; do serve "\${server%%:*}" "\${server#*:}" & done
while :; do sleep 3600 & wait $!; done
`;
