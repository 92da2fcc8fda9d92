{{/* Rules of one namespace: {name, services, workloads, readOnly, canary}; without a name those of the ClusterRole. */}}
{{- define "netverdict.rules" -}}
{{- $groups := dict "deployments" "apps" "statefulsets" "apps" "daemonsets" "apps" "replicasets" "apps" "replicationcontrollers" "" "jobs" "batch" "cronjobs" "batch" -}}
# the namespace's labels, and the user ids that OpenShift gives to it (optional)
- apiGroups: [""]
  resources: [namespaces]
  {{- with .name }}
  resourceNames: [{{ . }}]
  {{- end }}
  verbs: [get]
{{- if .readOnly }}
# the pods that flows are about
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
{{- else }}
# stand-ins are created, awaited and removed; the pods that flows are about
- apiGroups: [""]
  resources: [pods]
  verbs: [create, delete, list]
# probes run in the stand-ins (a WebSocket is a get; Kubernetes 1.35 asks for create, too)
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [create, get]
# owners of the stand-ins: no controller adopts these, and all goes even after a crash; workloads that scenarios name
- apiGroups: [apps]
  resources: [deployments]
  verbs: [create, delete, list]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, delete, list]
{{- end }}
{{- if or .services (not .readOnly) }}
# no Service may send production traffic to a stand-in; the Services that flows lead to
- apiGroups: [""]
  resources: [services]
  verbs: [list]
{{- end }}
{{- if .services }}
# what is behind the Services that flows lead to
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list]
{{- end }}
{{- range .workloads | default list | uniq }}
# the workloads that scenarios name
- apiGroups: [{{ get $groups . | quote }}]
  resources: [{{ . }}]
  verbs: [list]
{{- end }}
# what the policies say{{ if .canary }}; the enforcement canary: a policy that selects only two pods of our own on each node{{ end }}
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [{{ if .canary }}create, delete, {{ end }}list]
{{- end -}}

{{/* What is no namespace's. */}}
{{- define "netverdict.clusterRules" -}}
{{- if .Values.rbac.tiers }}
# what the policies of the Admin and Baseline tiers say (optional)
- apiGroups: [policy.networking.k8s.io]
  resources: [adminnetworkpolicies, baselineadminnetworkpolicies, clusternetworkpolicies]
  verbs: [list]
{{- end }}
{{- if .Values.rbac.nodes }}
# the addresses and the state of the nodes (optional)
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
{{- end }}
{{- end -}}

{{/* Who has the rights: the second half of a binding; of {context, kind, name}. */}}
{{- define "netverdict.binding" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    namespace: {{ .context.Release.Namespace }}
    name: {{ include "netverdict.serviceAccount" .context }}
{{- end -}}
