/** A server in place of an image that the lab does not have. */
export interface PortServer {
  readonly serve: "tcp" | "http" | "udp";
  readonly port: number;
}

/**
 * Serves its arguments (`tcp:5432`, `http:8080`, `udp:53`): TCP sends back what comes, HTTP answers every path with 200
 * and the machine's name, UDP sends each datagram back. All of them listen on IPv6 and IPv4. Ends when all of them have,
 * at once where every port is taken.
 *
 * For UDP there is inetd's own echo service: udpsvd loses datagrams when many peers ask at once. Its port is that of
 * the service's name, so each has an /etc/services of its own, in mounts that nobody else sees.
 */
const SERVER = `
any=0.0.0.0 datagrams=udp
grep -q . /proc/net/if_inet6 2>/dev/null && any=:: datagrams=udp6
read -r name </proc/sys/kernel/hostname
export name
http='
while IFS= read -r line; do case $line in ""|?) break ;; esac; done
printf "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s\\n" $((\${#name} + 1)) "$name"
'
echo='
mount -t tmpfs echo /tmp
echo "echo $1/udp" >/tmp/services
echo "echo dgram $2 wait root internal" >/tmp/inetd.conf
mount -o bind /tmp/services /etc/services
exec inetd -f -e /tmp/inetd.conf
'
trap 'trap "" TERM; kill 0; exit 143' TERM
for server; do
  port=\${server#*:}
  case $server in
    tcp:*) tcpsvd -E -c 200 -b 200 $any "$port" cat & ;;
    http:*) tcpsvd -E -c 200 -b 200 $any "$port" sh -c "$http" & ;;
    udp:*) unshare -m sh -c "$echo" sh "$port" $datagrams & ;;
  esac
done
[ $# -gt 0 ] || sleep 2147483647 &
wait
`;

/** The command that serves these ports in a sandbox. Without any it runs, too, and does nothing. */
export function portServerCommand(servers: readonly PortServer[]): readonly string[] {
  const words = servers.map(({ serve, port }) => `${serve}:${port}`);
  return ["sh", "-c", SERVER, "port-server", ...words];
}
