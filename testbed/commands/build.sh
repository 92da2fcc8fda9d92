# build: only builds, and prints the folders of the built parts.

command_build() {
  no_arguments build "$@"
  require_linux
  if ! go_works || ! parts_are_built; then require_packages build; fi
  build
  printf '%s\n' "$k8s" "$engine_bin" "$dns" "$images"
}
