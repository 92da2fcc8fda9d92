# Certificates, made once a cluster, and the kubeconfigs that carry them.

# cert NAME SUBJECT [SAN]
cert() (
  if [ -f "$state/pki/$1.crt" ]; then return; fi
  {
    cd "$state/pki" &&
      printf 'keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n%s\n' \
        "${3:+subjectAltName=$3}" >"$1.ext" &&
      openssl ecparam -name prime256v1 -genkey -noout -out "$1.key" &&
      openssl req -new -key "$1.key" -subj "$2" -out "$1.csr" &&
      openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" -days 3650 \
        -extfile "$1.ext" -out "$1.crt.new" &&
      mv "$1.crt.new" "$1.crt"
  } >>"$state/log/pki.log" 2>&1 || die "openssl failed; see $state/log/pki.log"
)

# kubeconfig FILE CERT SERVER
kubeconfig() {
  if [ -f "$1" ]; then return; fi
  cat >"$1.new" <<EOF
apiVersion: v1
kind: Config
current-context: netverdict-cluster
clusters:
- name: netverdict-cluster
  cluster: {server: "$3", certificate-authority-data: $(base64 -w0 "$state/pki/ca.crt")}
users:
- name: $2
  user: {client-certificate-data: $(base64 -w0 "$state/pki/$2.crt"), client-key-data: $(base64 -w0 "$state/pki/$2.key")}
contexts:
- name: netverdict-cluster
  context: {cluster: netverdict-cluster, user: $2}
EOF
  mv "$1.new" "$1"
}

# The authority and the key of service accounts' tokens; ca.crt comes last, so that it stands for all.
authority() (
  if [ -f "$state/pki/ca.crt" ]; then return; fi
  {
    cd "$state/pki" &&
      openssl genrsa -out sa.key 2048 &&
      openssl rsa -in sa.key -pubout -out sa.pub &&
      openssl ecparam -name prime256v1 -genkey -noout -out ca.key &&
      openssl req -x509 -new -key ca.key -subj /CN=netverdict-cluster -days 3650 -out ca.crt.new \
        -addext 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature' &&
      mv ca.crt.new ca.crt
  } >>"$state/log/pki.log" 2>&1 || die "openssl failed; see $state/log/pki.log"
)

certificates_up() {
  local n name
  authority
  cert apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:10.96.0.1,IP:$hub,IP:127.0.0.1"
  cert apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
  cert admin /O=system:masters/CN=admin
  cert controller-manager /CN=system:kube-controller-manager
  cert scheduler /CN=system:kube-scheduler
  cert proxy /CN=system:kube-proxy
  cert policy-engine /CN=policy-engine
  for n in "${nodes[@]}"; do
    cert "node$n" "/O=system:nodes/CN=system:node:node$n" "DNS:node$n,IP:$(node_address "$n")"
  done
  kubeconfig "$state/kubeconfig" admin "https://127.0.0.1:$port"
  kubeconfig "$state/kubeconfig-hub" admin "https://$hub:6443"
  for name in controller-manager scheduler proxy policy-engine node1 node2; do
    kubeconfig "$state/kc/$name" "$name" "https://$hub:6443"
  done
}
