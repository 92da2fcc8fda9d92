# The built parts, each in a folder of the cache named by the hash of all that goes into it.

# digest DIR EXTRA
digest() {
  (
    cd "$1"
    {
      go env GOVERSION GOARCH
      echo "$2"
      find . -type f | LC_ALL=C sort | xargs sha256sum
    } | sha256sum | cut -c1-16
  )
}

# Sets the folders' names: k8s, engine_bin, dns, images.
name_parts() {
  k8s=$cache/k8s-$(digest "$here/modules/k8s" "")
  engine_bin=$cache/engines-$(digest "$here/modules/engines" "")
  dns=$cache/dns-$(digest "$here/modules/dns" "")
  # The images hold binaries of these two.
  images=$cache/images-$(digest "$here/images" "${k8s##*/} ${dns##*/}")
}

parts_are_built() {
  name_parts
  [ -d "$k8s" ] && [ -d "$engine_bin" ] && [ -d "$dns" ] && [ -d "$images" ]
}

# build_part FOLDER SOURCE-DIR: unless it is there.
build_part() (
  out=$1 source=$2 name=${1##*/} started=$SECONDS
  [ ! -d "$out" ] || exit 0
  say "building ${name%-*} into $out"
  mkdir -p "$cache"
  work=$(mktemp -d -p "$cache" "tmp-$name-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/out" "$work/work"
  if [ -f "$source/go.mod" ]; then cd "$source"; else cd "$work/work"; fi
  OUT=$work/out SRC=$source K8S=$k8s DNS=$dns CGO_ENABLED=0 GOFLAGS=-buildvcs=false \
    nice -n 5 bash -euo pipefail "$source/build.sh" >&2 || die "building ${name%-*} failed"
  # Another build of the same may have been faster.
  mv -T "$work/out" "$out" 2>/dev/null || [ -d "$out" ] || die "cannot write $out"
  say "built ${name%-*} in $((SECONDS - started)) s"
)

build() {
  name_parts
  build_part "$k8s" "$here/modules/k8s"
  build_part "$engine_bin" "$here/modules/engines"
  build_part "$dns" "$here/modules/dns"
  build_part "$images" "$here/images"
}
