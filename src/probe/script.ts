/** Keeps every backslash; only `\${` is written for the shell's own `${`. */
function sh(text: TemplateStringsArray): string {
  return (text.raw[0] ?? "").replaceAll("\\${", "${");
}

/** Without indentation, comments and blank lines: the shell reads it byte by byte. */
function compact(script: string): string {
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n");
}

/** The line that ends the script on standard input; the probes follow. */
const SCRIPT_END = "#";

/**
 * Reads the script from standard input up to its end and runs it there: in the arguments it would make the exec's URL
 * longer than the 8 KB that many proxies accept. A part of it is never run.
 */
const LOADER = [
  "s=",
  'while IFS= read -r -t "$3" l; do',
  `if [ "$l" = '${SCRIPT_END}' ]; then eval "$s"; exit; fi`,
  's="$s$l',
  '"',
  "done",
  "echo 'the script did not arrive' >&2",
  "exit 3",
].join("\n");

/**
 * The script that runs inside a stand-in, with the arguments NONCE PARALLEL DEADLINE [RESOLV_CONF].
 *
 * Standard input: one probe a line (`encodeProbe`), then `end COUNT`. The end is told by a line because below
 * protocol v5 an exec's input cannot be closed. Values are read as data and never become shell code.
 * Standard output: one line a probe and a last one, see `parseResults`. Each is a single short write, so that lines
 * of probes that end together do not mix.
 *
 * For busybox `ash` (glibc, musl, Debian's) as any user on a read-only root: no temporary files. A tool with a time
 * limit is killed by the shell that reads its output, so nothing is left behind for the pod's first process to reap;
 * busybox's own `timeout` leaves a watching orphan for up to a second each time.
 */
const PROBE_SCRIPT: string = compact(sh`
nonce=$1 max=$2 deadline=$3 conf=\${4:-/etc/resolv.conf} newline='
'
set -f
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY

# Milliseconds since boot, in steps of ten. The 1 in front keeps "08" from being octal.
now() { read -r up _ </proc/uptime; ms=$((\${up%.*} * 1000 + 1\${up#*.} * 10 - 1000)); }
now
begin=$ms

# All of the input before the first child: where a child's end interrupts it, ash's read forgets what it had of a line.
input=
while IFS= read -r -t "$deadline" l; do
  input=$input$l$newline
  case $l in 'end '*) break ;; esac
done

# The watchdog. Closing the exec's connection does not end what runs in the pod.
(
trap 'kill -9 "$!"; exit' TERM
sleep "$deadline" &
wait "$!" && { kill -9 -- "-$$" || kill -9 "$$"; }
) </dev/null >/dev/null 2>&1 &
dog=$!

# run SECONDS PATTERN TOOL ARG...: text = the first lines that it printed, joined by tabs; code = its exit status.
# It is killed after SECONDS of silence, or after a line that matches PATTERN.
run() {
  text=$(
    set -o pipefail
    quiet=$1 stop=$2 n=0
    shift 2
    { read -r pid _ </proc/self/stat; echo "$pid"; exec "$@"; } </dev/null 2>&1 | {
      read -r pid
      while [ $n -lt 4 ] && { l=; IFS= read -r -n 200 -t "$quiet" l || [ "$l" ]; }; do
        n=$((n + 1))
        printf '%s\t' "$l"
        case $l in $stop) break ;; esac
      done
      kill -9 "$pid" 2>/dev/null
      :
    }
  )
  code=$?
}

# Behind nc -e: 0 and 1 are the socket, 2 is the report. PAYLOAD TIMES SECONDS READER ARG...
# Sends, waits for an answer, sends again; reports the first bytes of the answer in hex, "empty" where it ended without.
# The first printf of a process with musl stops at a newline, as if to a terminal, and would send half a datagram: that
# one goes to /dev/null. A failed printf does not say why; dd does.
talk='
payload=$1 n=$2 each=$3
shift 3
{ { { read -r pid _ </proc/self/stat; echo "$pid" >&2; exec "$@"; } 2>&3 | od -An -v -tx1 -N6 2>&3; } 3>&1 2>/dev/null; } | {
while read -r pid; do case $pid in *[!0-9]*) echo "$pid" >&2 ;; *) break ;; esac; done
printf "\n" >/dev/null
while [ $n -gt 0 ]; do
n=$((n - 1))
printf "$payload" 2>/dev/null || printf "$payload" | dd bs=4096 status=none 2>&4 || break
l=
if IFS= read -r -t "$each" l; then echo "$l" >&2; break; fi
kill -0 "$pid" 2>/dev/null || { echo empty >&2; break; }
done 4>&2
kill -9 "$pid" 2>/dev/null
:
}'

# A CAP of "-": nc ends by itself, so two processes are enough instead of four.
tcp() {
  if [ "$z" ]; then
    step=connect
    set -- nc -z -vv -w "$secs" "$addr" "$port"
  else
    step=connect-exec
    set -- nc -w "$secs" "$addr" "$port" -e true
  fi
  if [ "$cap" = - ]; then
    text=$("$@" 2>&1 </dev/null)
    code=$?
    text=\${text%%"$newline"*}
  else
    run "$cap" - "$@"
  fi
}

# wget cannot say whether it was connected when its time was over: connect first, and ask only where that worked.
http() {
  tcp
  case $step:$code:$text in connect:*')'' open'* | connect-exec:0:) ;; *) return ;; esac
  step=http
  case $addr in *:*) addr="[$addr]" ;; esac
  set -- "http://$addr:$port$(printf "$data")"
  [ "$port" = 80 ] || host=$host:$port
  [ "$form" != name ] || set -- --header "Host: $host" "$@"
  run "$limit" '*HTTP/*' wget -S -O /dev/null "$@"
}

# A question for kubernetes.default.svc, which the cluster's name servers answer without asking others.
question() {
  domain=cluster.local
  while read -r key words; do
    [ "$key" != search ] || for w in $words; do
      case $w in *[!A-Za-z0-9.-]*) ;; svc.?*) domain=\${w#svc.} ;; esac
    done
  done <"$conf"
  name=kubernetes.default.svc.\${domain%.}
  n=$((\${#name} + 18))
  data='\116\126\001\000\000\001\000\000\000\000\000\000'
  [ "$kind" = dns-udp ] || data=$(printf '\\%03o\\%03o' $((n / 256)) $((n % 256)))$data
  IFS=.
  for w in $name; do data=$data$(printf '\\%03o%s' \${#w} "$w"); done
  unset IFS
  data=$data'\000\000\001\000\001'
}

probe() {
  text= code=0 step=missing addr=$host
  case $form in
  conf)
    addr=
    while read -r key w _; do
      if [ "$key" = nameserver ]; then addr=$w; break; fi
    done <"$conf"
    if [ -z "$addr" ]; then text="no nameserver in $conf"; return; fi
    ;;
  name)
    # Over UDP nothing is sent yet: this only resolves, so that a slow name is not taken for a closed port.
    if [ "$u" ]; then
      step=name
      run "$limit" - nc -u -v "$host" "$port" -e true
      case $text in *'('*:*')'' open'*) ;; *) return ;; esac
      addr=\${text##*'('}
      addr=\${addr%%')'*}
      addr=\${addr%:*}
      addr=\${addr#'['}
      addr=\${addr%']'}
    fi
    ;;
  esac
  step=$kind
  case $kind in
  tcp) tcp ;;
  http) http ;;
  udp | dns-udp)
    if [ -z "$u" ]; then step=missing text='nc has no -u'; return; fi
    [ $kind = udp ] || question
    run "$cap" - nc -u -vv "$addr" "$port" -e sh -c "$talk" sh "$data" 3 "$slice" dd bs=2048 count=1 status=none
    ;;
  dns-tcp)
    if [ -z "$z" ]; then step=missing text='nc has no -v'; return; fi
    question
    run "$cap" - nc -vv -w "$secs" "$addr" "$port" -e sh -c "$talk" sh "$data" 1 "$limit" head -c 6
    ;;
  esac
}

report() {
  now
  printf '%s %s %s %s %s %s %s\n' "$nonce" "$id" "$step" "$code" $((start - begin)) $((ms - start)) "$text"
}

z=1 u=1 any=
case $(nc -z 2>&1 </dev/null) in *'invalid option'* | *'not found'*) z= ;; esac
case $(nc -u 2>&1 </dev/null) in *'invalid option'* | *'not found'*) u= ;; esac
# Before 1.33 there is no wait -n: then in waves instead of as places become free.
(wait -n) 2>/dev/null
[ $? != 127 ] || any=1

total=0 pids= whole= IFS=$newline
for line in $input; do
  unset IFS
  set -- $line
  if [ "$1" = end ]; then
    [ "$2" != $total ] || whole=1
    break
  fi
  total=$((total + 1))
  id=$1 kind=$2 form=$3 host=$4 port=$5 secs=$6 limit=$7 cap=$8 slice=$9 data=\${10}
  { now; start=$ms; probe; report; } &
  pids="$pids $!"
  # One wait -n can take several that ended together: count who is left.
  while
    last=$pids pids= live=0
    for pid in $last; do
      if kill -0 "$pid" 2>/dev/null; then pids="$pids $pid" live=$((live + 1)); fi
    done
    [ $live -ge "$max" ]
  do
    if [ "$any" ]; then wait -n; else wait $pids; fi
  done
done
[ -z "$pids" ] || wait $pids
kill "$dog"
wait "$dog" 2>/dev/null
# What a killed tool may have left. Where this shell does not lead its process group there is no such group.
trap '' TERM
kill -- "-$$" 2>/dev/null
now
if [ "$whole" ]; then printf '%s end %s %s\n' "$nonce" $total $((ms - begin)); else echo "only $total probes arrived" >&2; exit 3; fi
`);

/** What `probeCommand` is told. */
export interface ProbeCommandOptions {
  /** New for every exec: lines of the output that do not begin with it are not the script's. Letters and digits. */
  readonly nonce: string;
  /** Probes that run at the same time inside the pod. */
  readonly parallel: number;
  /** After so many seconds the script ends itself and what it started. */
  readonly deadlineSeconds: number;
  /** Instead of /etc/resolv.conf. */
  readonly resolvConf?: string;
}

/** The command for the exec, which needs `probeStdin`. */
export function probeCommand(options: ProbeCommandOptions): readonly string[] {
  const { nonce, parallel, deadlineSeconds, resolvConf } = options;
  return [
    "sh",
    "-c",
    LOADER,
    "netverdict",
    nonce,
    String(parallel),
    String(deadlineSeconds),
    ...(resolvConf === undefined ? [] : [resolvConf]),
  ];
}

/** The whole standard input of one exec: the script, each probe's line (`encodeProbe`) with its index, their count. */
export function probeStdin(lines: readonly string[]): string {
  const numbered = lines.map((line, index) => `${index} ${line}`);
  return [PROBE_SCRIPT, SCRIPT_END, ...numbered, `end ${lines.length}`, ""].join("\n");
}
