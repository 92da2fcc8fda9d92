# What the user is told, all on stderr: stdout is for results.

say() { printf 'cluster: %s\n' "$*" >&2; }

# die WHY: it was tried and failed.
die() {
  say "$*"
  exit 1
}

# refuse WHY: it was not tried.
refuse() {
  say "$*"
  exit 2
}

wrong_usage() {
  say "$*"
  usage >&2
  exit 2
}

# no_arguments COMMAND "$@"
no_arguments() { [ $# -eq 1 ] || wrong_usage "$1 takes no arguments"; }
