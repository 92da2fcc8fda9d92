# The control plane, in the hub's network namespace.

kube() { KUBECONFIG=$state/kubeconfig KUBECACHEDIR=$state/kubectl-cache "$k8s/kubectl" "$@" 9>&-; }

control_plane_up() {
  local pki=$state/pki
  daemon etcd nsenter --net=/run/netns/nv-hub "$k8s/etcd" --data-dir "$state/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380
  daemon kube-apiserver nsenter --net=/run/netns/nv-hub "$k8s/kube-apiserver" \
    --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address=$hub \
    --service-cluster-ip-range=10.96.0.0/16 \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-client-certificate="$pki/apiserver-kubelet.crt" \
    --kubelet-client-key="$pki/apiserver-kubelet.key" --kubelet-preferred-address-types=InternalIP \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --service-account-issuer=https://kubernetes.default.svc --authorization-mode=Node,RBAC \
    --enable-admission-plugins=NodeRestriction --allow-privileged=true --profiling=false
  daemon netns-forward "$k8s/netns-forward" "127.0.0.1:$port" /run/netns/nv-hub "$hub:6443"
  until_ok 60 "API server ready" kube get --raw /readyz
  daemon kube-controller-manager nsenter --net=/run/netns/nv-hub "$k8s/kube-controller-manager" \
    --kubeconfig="$state/kc/controller-manager" --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" \
    --use-service-account-credentials --leader-elect=false \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
  daemon kube-scheduler nsenter --net=/run/netns/nv-hub "$k8s/kube-scheduler" \
    --kubeconfig="$state/kc/scheduler" --leader-elect=false
}
