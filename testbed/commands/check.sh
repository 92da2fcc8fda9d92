# check: a canary. A deny must block and an allow must pass, over TCP and UDP,
# from another node and from the server's own.

command_check() {
  no_arguments check "$@"
  recall_parts
  locked
  local engine server step failed=0
  engine=$(running_engine)
  trap 'kube delete namespace cluster-check --ignore-not-found --wait=false >/dev/null 2>&1' EXIT
  kube delete namespace cluster-check --ignore-not-found >/dev/null
  sed "s|@BUSYBOX@|$(image_name busybox)|" "$here/manifests/check.yaml" | kube apply -f - >/dev/null
  kube -n cluster-check wait --for=condition=Ready pod --all --timeout=60s >/dev/null ||
    die "the check's pods do not start"
  server=$(kube -n cluster-check get pod server -o 'jsonpath={.status.podIP}')
  [ "$engine" != none ] || say "engine none: policies must change nothing"
  for step in open deny allow; do
    [ $step = open ] || kube apply -f "$here/manifests/check-$step.yaml" >/dev/null
    check_step "$step" "$server" "$(wanted "$step" "$engine")" || failed=1
  done
  kube delete namespace cluster-check >/dev/null
  return $failed
}

# wanted STEP ENGINE
wanted() {
  case $1,$2 in
    open,* | *,none) echo "far tcp open, far udp open, near tcp open, near udp open" ;;
    deny,*) echo "far tcp blocked, far udp blocked, near tcp blocked, near udp blocked" ;;
    allow,*) echo "far tcp open, far udp open, near tcp blocked, near udp blocked" ;;
  esac
}

# check_step STEP SERVER WANTED
check_step() {
  local results
  for _ in 1 2 3; do # a policy takes a moment to arrive
    sleep 1
    results="$(reach far "$2"), $(reach near "$2")"
    if [ "$results" = "$3" ]; then
      echo "ok $1: $results"
      return
    fi
  done
  echo "NOT OK $1: $results (wanted: $3)"
  return 1
}

# reach POD SERVER: what a pod gets through to.
reach() {
  local tcp=blocked udp=blocked
  if kube -n cluster-check exec "$1" -- nc -z -w 2 "$2" 80 >/dev/null 2>&1; then tcp=open; fi
  # A UDP probe is judged by its answer; nc's exit code says nothing.
  if [ "$(kube -n cluster-check exec "$1" -- sh -c "echo ping | nc -u -w 1 $2 80" 2>/dev/null)" = ping ]; then udp=open; fi
  echo "$1 tcp $tcp, $1 udp $udp"
}
