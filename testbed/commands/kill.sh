# kill-engine, kill-node: faults for tests. What is killed stays recorded, so that
# status calls it dead, and up starts it again.

command_kill_engine() {
  [ $# -eq 1 ] || wrong_usage "kill-engine needs a node"
  node_number "$1" >/dev/null
  kill_recorded "engine-$1"
}

command_kill_node() {
  [ $# -eq 1 ] || wrong_usage "kill-node needs a node"
  node_number "$1" >/dev/null
  kill_recorded "$1"
}

kill_recorded() {
  recall_parts
  locked
  alive "$1" || die "$1 does not run"
  end "$1"
  say "killed $1; up starts it again"
}
