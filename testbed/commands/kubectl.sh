# kubectl: on this cluster, of its own version.

command_kubectl() {
  recall_parts
  kube "$@"
}
