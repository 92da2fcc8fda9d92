{{/* All names begin with netverdict, as the guard wants those of reports; short enough for the CronJob's Jobs. */}}
{{- define "netverdict.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if hasPrefix "netverdict" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "netverdict-%s" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "netverdict.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "netverdict.fullname" . -}}
{{- else -}}
{{- fail "serviceAccount.create is false: name the one that is there by serviceAccount.name" -}}
{{- end -}}
{{- end -}}

{{- define "netverdict.account" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "netverdict.serviceAccount" . }}
{{- end -}}

{{/* What lies outside of the release's namespace is named for the ServiceAccount, as netverdict rbac names it. */}}
{{- define "netverdict.roleName" -}}
{{- $who := printf "%s-%s" .Release.Namespace (include "netverdict.serviceAccount" .) -}}
{{- eq $who "netverdict-netverdict" | ternary "netverdict" (printf "netverdict-%s" $who) -}}
{{- end -}}

{{- define "netverdict.configMap" -}}
{{- if and .Values.scenarios .Values.existingConfigMap -}}
{{- fail "scenarios and existingConfigMap exclude each other: give one of them" -}}
{{- else if .Values.existingConfigMap -}}
{{- .Values.existingConfigMap -}}
{{- else if .Values.scenarios -}}
{{- printf "%s-scenarios" (include "netverdict.fullname" .) -}}
{{- else -}}
{{- fail "there is no scenario: give a file by --set-file 'scenarios.shop\\.yaml=shop.yaml', or name a ConfigMap by existingConfigMap" -}}
{{- end -}}
{{- end -}}

{{- define "netverdict.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "netverdict.selectorLabels" -}}
app.kubernetes.io/name: netverdict
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "netverdict.labels" -}}
{{ include "netverdict.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}
