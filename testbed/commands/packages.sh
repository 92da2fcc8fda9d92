# packages: the Debian packages that running and building need, one a line.

command_packages() {
  no_arguments packages "$@"
  {
    packages_for run
    packages_for build
  } | cut -d' ' -f1
}
