# Policy engines, one process a node, fed through a netfilter queue.

engine_crd=policy.networking.k8s.io_clusternetworkpolicies.yaml

known_engine() { [[ " ${engines[*]} " = *" $1 "* ]] || wrong_usage "no engine '$1'; there are: ${engines[*]}"; }

# running_engine: empty if none was ever started.
running_engine() { cat "$state/engine" 2>/dev/null || :; }

# queue_rules_up NODE reject|drop: what brings packets to the engine's queue. The kernel
# may lack nftables' own queue expression, so these are iptables rules.
queue_rules_up() {
  [[ $(in_namespace "n$1" iptables -w -t mangle -S) != *NFQUEUE* ]] || return 0
  local n=$1 pods=10.244.0.0/16
  local queue=(-m conntrack --ctstate NEW -j NFQUEUE --queue-num "$queue_number" --queue-bypass)
  if [ "$2" = reject ]; then
    in_namespace "n$n" iptables -w -t mangle -A FORWARD "${queue[@]}"
    in_namespace "n$n" iptables -w -t mangle -A INPUT -s $pods "${queue[@]}" # pod to its own node
    in_namespace "n$n" iptables -w -I FORWARD -m mark --mark $deny_mark/$deny_mark -j REJECT
    in_namespace "n$n" iptables -w -I INPUT -m mark --mark $deny_mark/$deny_mark -j REJECT
  else
    # Node to pod stays open.
    in_namespace "n$n" iptables -w -t mangle -A POSTROUTING -m addrtype --src-type LOCAL -j RETURN
    in_namespace "n$n" iptables -w -t mangle -A POSTROUTING "${queue[@]}"
    in_namespace "n$n" iptables -w -t mangle -A INPUT -s $pods "${queue[@]}"
  fi
}

queue_rules_down() {
  local n=$1 chain
  in_namespace "n$n" iptables -w -t mangle -F
  for chain in FORWARD INPUT; do
    while in_namespace "n$n" iptables -w -D $chain -m mark --mark $deny_mark/$deny_mark -j REJECT 2>/dev/null; do :; done
  done
}

engine_down() {
  local n
  for n in "${nodes[@]}"; do
    stop "engine-node$n"
    queue_rules_down "$n"
    in_namespace "n$n" nft delete table inet kube-network-policies 2>/dev/null || :
  done
  if [ "$(running_engine)" = cluster-network-policy ]; then
    kube delete --ignore-not-found -f "$engine_bin/$engine_crd" >/dev/null
  fi
  rm -f "$state/engine"
}

# engine_process_up NODE ENGINE
engine_process_up() {
  local n=$1 program options=(--kubeconfig="$state/kc/policy-engine" --hostname-override="node$1")
  # Of the stock binaries: strict mode and the DNS work-around need kernel parts that may be missing.
  local stock=(--disable-nri --strict-mode=false --netfilter-bug-1766-fix=false --metrics-bind-address=127.0.0.1:9080)
  case $2 in
    reject) program=reject ;;
    kube-network-policies) program=standard options+=("${stock[@]}") ;;
    cluster-network-policy) program=npa-v1alpha2 options+=("${stock[@]}") ;;
  esac
  node_daemon "$n" "engine-node$n" "$engine_bin/$program" "${options[@]}"
  until_ok 30 "policy engine on node$n" in_namespace "n$n" grep -q "^ *$queue_number " /proc/net/netfilter/nfnetlink_queue
}

engine_up() {
  local engine=$1 n rules=drop running
  running=$(running_engine)
  if [ -n "$running" ] && [ "$running" != "$engine" ]; then engine_down; fi
  # Known before it runs: if this is interrupted, the next `up` must not take it for another engine.
  echo "$engine" >"$state/engine"
  if [ "$engine" = none ]; then return; fi
  if [ "$engine" = reject ]; then rules=reject; fi
  if [ "$engine" = cluster-network-policy ]; then
    kube apply --server-side -f "$engine_bin/$engine_crd" >/dev/null
    kube wait --for=condition=Established crd/clusternetworkpolicies.policy.networking.k8s.io --timeout=30s >/dev/null
  fi
  for n in "${nodes[@]}"; do
    engine_process_up "$n" "$engine"
    queue_rules_up "$n" $rules
  done
}
