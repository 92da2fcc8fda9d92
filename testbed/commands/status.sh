# status: what runs; fails unless all of it does.

command_status() {
  no_arguments status "$@"
  local name broken=0
  require_linux
  require_root
  if [ ! -f "$state/build" ]; then
    echo "not running"
    return 1
  fi
  recall_parts
  for name in $(recorded); do
    if alive "$name"; then
      printf '%-26s running, pid %s\n' "$name" "$(pid_of "$name")"
    else
      printf '%-26s DEAD\n' "$name"
      broken=1
    fi
  done
  [ -n "$(running_engine)" ] || broken=1
  echo "policy engine: $(running_engine)"
  echo "images: $(tr '\n' ' ' <"$images/names")"
  echo "kubeconfig: $state/kubeconfig"
  timeout 20 "$k8s/kubectl" --kubeconfig="$state/kubeconfig" get nodes -o wide || broken=1
  return $broken
}
