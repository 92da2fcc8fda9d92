{{/* The spec of manifests/base/job.yaml, which says why; a test compares them. */}}
{{- define "netverdict.jobSpec" -}}
backoffLimit: 0
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes: {containerName: netverdict, operator: NotIn, values: [0]}
activeDeadlineSeconds: {{ .Values.job.activeDeadlineSeconds }}
ttlSecondsAfterFinished: {{ .Values.job.ttlSecondsAfterFinished }}
template:
  metadata:
    labels:
      {{- include "netverdict.selectorLabels" . | nindent 6 }}
      app.kubernetes.io/component: runner
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "netverdict.serviceAccount" . }}
    automountServiceAccountToken: true
    enableServiceLinks: false
    terminationGracePeriodSeconds: 40
    securityContext:
      runAsNonRoot: true
      runAsUser: 65532
      runAsGroup: 65532
      seccompProfile: {type: RuntimeDefault}
    {{- with .Values.imagePullSecrets }}
    imagePullSecrets:
      {{- range . }}
      - name: {{ . }}
      {{- end }}
    {{- end }}
    {{- with .Values.nodeSelector }}
    nodeSelector:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with .Values.tolerations }}
    tolerations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    containers:
      - name: netverdict
        image: {{ include "netverdict.image" . | quote }}
        {{- with .Values.image.pullPolicy }}
        imagePullPolicy: {{ . }}
        {{- end }}
        args:
          - run
          - /scenarios
          {{- with .Values.probe.image }}
          - {{ printf "--probe-image=%s" . | quote }}
          {{- end }}
          {{- range .Values.probe.imagePullSecrets }}
          - {{ printf "--image-pull-secret=%s" . | quote }}
          {{- end }}
          {{- with .Values.controlNamespace }}
          - --control-namespace={{ . }}
          {{- end }}
          {{- if .Values.report.configMap }}
          - --report-configmap=$(JOB)-report
          {{- end }}
          {{- range .Values.extraArgs }}
          - {{ . | quote }}
          {{- end }}
        {{- if .Values.report.configMap }}
        env:
          - name: JOB
            valueFrom: {fieldRef: {fieldPath: "metadata.labels['batch.kubernetes.io/job-name']"}}
        {{- end }}
        terminationMessagePolicy: FallbackToLogsOnError
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
        volumeMounts:
          - {name: scenarios, mountPath: /scenarios, readOnly: true}
    volumes:
      - name: scenarios
        configMap: {name: {{ include "netverdict.configMap" . }}}
{{- end -}}
