# up: starts what does not run and leaves the rest.

command_up() {
  local engine="" began
  while [ $# -gt 0 ]; do
    case $1 in
      --engine)
        [ $# -gt 1 ] || wrong_usage "--engine needs a name"
        engine=$2
        shift
        ;;
      --engine=*) engine=${1#*=} ;;
      *) wrong_usage "up does not know '$1'" ;;
    esac
    shift
  done
  [ -z "$engine" ] || known_engine "$engine"
  preflight
  ours
  build
  began=$SECONDS
  locked
  ours # again: somebody may have been faster
  port_is_free
  mkdir -p "$state"/{pids,log,pki,kc,etcd}
  chmod 700 "$state"
  remember_parts
  remember_sysctls
  network_up
  certificates_up
  control_plane_up
  nodes_up
  sed "s|@COREDNS@|$(image_name cluster.test/coredns)|" "$here/manifests/system.yaml" | kube apply -f - >/dev/null
  [ -n "$engine" ] || engine=$(running_engine)
  engine=${engine:-reject}
  engine_up "$engine"
  outside_hosts_up
  kube -n kube-system rollout status deployment/coredns --timeout=90s >/dev/null || die "DNS did not start"
  say "up in $((SECONDS - began)) s with engine $engine"
  echo "$state/kubeconfig"
}

port_is_free() {
  alive netns-forward || ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null ||
    refuse "port $port of 127.0.0.1 is taken; set NETVERDICT_CLUSTER_PORT"
}
