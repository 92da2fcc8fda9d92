# shell: a shell, or a command, in one of the cluster's places.

command_shell() {
  local where=${1-}
  [ $# -eq 0 ] || shift
  [ $# -gt 0 ] || set -- bash
  case $where in
    node*)
      node_number "$where" >/dev/null
      recall_parts
      alive "$where" || die "$where is dead; up heals it"
      in_node "$(node_number "$where")" "$@"
      ;;
    hub)
      recall_parts
      KUBECONFIG=$state/kubeconfig-hub in_namespace hub "$@"
      ;;
    outside)
      recall_parts
      in_namespace out "$@"
      ;;
    *) wrong_usage "shell needs a place: node1, node2, hub or outside" ;;
  esac
}
