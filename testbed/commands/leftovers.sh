# leftovers: what of a cluster is on this machine; fails unless it is nothing.

command_leftovers() {
  no_arguments leftovers "$@"
  require_linux
  require_root
  local left
  left=$(
    leftovers
    [ ! -e "$state" ] || echo "state $state"
  )
  if [ -n "$left" ]; then
    echo "$left"
    return 1
  fi
  say "nothing is left"
}
