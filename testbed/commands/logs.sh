# logs: of the cluster's own processes (a pod's are kubectl's).

command_logs() {
  local name files=() follow=() lines=+1
  if [ "${1-}" = -f ]; then
    follow=(-f)
    shift
  fi
  require_linux
  require_root
  [ -d "$state/log" ] || refuse "no logs: no cluster has its state in $state"
  for name in "$@"; do
    [ -f "$state/log/$name.log" ] || wrong_usage "no log '$name'; there are: $(cd "$state/log" && echo * | sed 's/\.log//g')"
    files+=("$state/log/$name.log")
  done
  if [ $# -eq 0 ]; then
    lines=20
    files=("$state"/log/*.log)
  fi
  exec tail -n $lines ${follow[@]+"${follow[@]}"} -- "${files[@]}"
}
