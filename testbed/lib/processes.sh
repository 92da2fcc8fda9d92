# Processes: started detached, known by name through their pid and start time.

# start_time PID: empty for one that has ended, even if nobody has collected it yet.
start_time() { sed -n 's/.*) //; /^[ZX]/!p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

record() { echo "$2 $(start_time "$2")" >"$state/pids/$1"; }

recorded() { ls "$state/pids" 2>/dev/null || :; }

pid_of() {
  local pid began
  read -r pid began 2>/dev/null <"$state/pids/$1" || return 1
  [ -n "$began" ] && [ "$(start_time "$pid")" = "$began" ] || return 1
  echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }

# child_of PID: the child of one that forks once.
child_of() { ps -o pid= --ppid "$1" | tr -d ' '; }

# daemon NAME COMMAND…: in the background, unless it runs.
daemon() {
  local name=$1
  shift
  if alive "$name"; then return; fi
  { cd / && exec setsid "$@"; } </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
  record "$name" $!
}

# node_daemon NODE NAME COMMAND…: the same, inside a node.
node_daemon() {
  local node=$1 name=$2 first wrapper child
  shift 2
  if alive "$name"; then return; fi
  first=$(pid_of "node$node")
  { cd / && exec setsid nsenter -t "$first" -m -u -n -p -- "$@"; } </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
  wrapper=$!
  # nsenter forks to enter the process namespace; its child is the one to know.
  until child=$(child_of "$wrapper") && [ -n "$child" ]; do
    kill -0 "$wrapper" 2>/dev/null || die "$name did not start; see $state/log/$name.log"
    sleep 0.02
  done
  record "$name" "$child"
}

# end NAME: kills it and waits until it is gone. It stays recorded, so that status calls it dead.
end() {
  local pid
  pid=$(pid_of "$1") || return 0
  kill -s KILL "$pid" 2>/dev/null || :
  while alive "$1"; do sleep 0.05; done
}

# stop NAME: the same, and it is forgotten.
stop() {
  end "$1"
  rm -f "$state/pids/$1"
}

# until_ok SECONDS WHAT COMMAND…
until_ok() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $limit ] || die "$what: not within the time; logs are in $state/log"
    sleep 0.2
  done
}
