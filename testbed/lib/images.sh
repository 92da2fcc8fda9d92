# Container images: there is no registry, each node gets them as files.

# import_image NODE FILE
import_image() { in_node "$1" ctr -n k8s.io images import - <"$2" 9>&-; }

# The built images, once in a node's life.
node_images_up() {
  local n=$1 name
  until_ok 30 "containerd on node$n" in_node "$n" ctr version
  if [ -e "$state/node$n/images" ]; then return; fi
  for name in pause coredns busybox busybox-debian agnhost; do
    import_image "$n" "$images/$name.tar" >>"$state/log/images.log" 2>&1 ||
      die "cannot load $name on node$n; see $state/log/images.log"
  done
  touch "$state/node$n/images"
}

# image_name REPOSITORY: with the tag that was built.
image_name() { grep -m1 "^$1:" "$images/names"; }
