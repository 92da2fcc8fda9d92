# load-image: puts docker-archive images on both nodes.

command_load_image() {
  local n file
  [ $# -gt 0 ] || wrong_usage "load-image needs a file"
  recall_parts
  for file in "$@"; do
    [ -r "$file" ] || refuse "cannot read $file"
  done
  for file in "$@"; do
    for n in "${nodes[@]}"; do
      import_image "$n" "$file" >&2 || die "cannot load $file on node$n"
    done
  done
}
