{{/* Names, labels and the settings that the parts share. */}}

{{- define "sanshe.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a Deployment, a Service and a policy select by: never the version. */}}
{{- define "sanshe.selector" -}}
app.kubernetes.io/name: sanshe
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "sanshe.labels" -}}
{{ include "sanshe.selector" . }}
app.kubernetes.io/part-of: sanshe
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "sanshe.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* A part with its defaults, as JSON. */}}
{{- define "sanshe.component" -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy .component) | toJson -}}
{{- end -}}

{{/* The restricted pod, the same for every part. */}}
{{- define "sanshe.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "sanshe.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "sanshe.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "sanshe.commonEnv" -}}
- name: SANSHE_LOG
  value: {{ .Values.log.filter | quote }}
- name: SANSHE_LOG_JSON
  value: {{ .Values.log.json | quote }}
{{- with .Values.traces.endpoint }}
- name: SANSHE_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Further settings in the order of their names. */}}
{{- define "sanshe.settings" -}}
{{- range $key := keys . | sortAlpha }}
- name: {{ $key }}
  value: {{ get $ $key | quote }}
{{- end }}
{{- end -}}

{{/* The settings of a service that are secrets, as files named after them. */}}
{{- define "sanshe.serviceSecrets" -}}
- secret:
    name: {{ .Values.postgres.runtime.existingSecret }}
    items:
      - key: {{ .Values.postgres.runtime.key }}
        path: database_url
- secret:
    name: {{ .Values.redis.existingSecret }}
    items:
      - key: {{ .Values.redis.key }}
        path: redis_url
{{ include "sanshe.piiSecret" . }}
{{- end -}}

{{/* The keys that personal data is sealed with, as files. */}}
{{- define "sanshe.piiSecret" -}}
- secret:
    name: {{ .Values.pii.existingSecret }}
    items:
      - key: {{ .Values.pii.key }}
        path: pii__key
      - key: {{ .Values.pii.indexKey }}
        path: pii__index_key
{{- range .Values.pii.previous }}
      - key: {{ .key }}
        path: pii__previous__{{ .version }}
{{- end }}
{{- end -}}

{{/* How soon a pod that is not ready is noticed; a drain lasts at least as long. */}}
{{- define "sanshe.noticed" -}}
periodSeconds: 2
failureThreshold: 2
{{- end -}}

{{/* A pod that does one thing with the role that owns the tables; `keys` lends it those of personal data. */}}
{{- define "sanshe.ownerPod" -}}
{{- $values := .root.Values -}}
restartPolicy: OnFailure
serviceAccountName: {{ include "sanshe.fullname" .root }}-migrate
automountServiceAccountToken: false
enableServiceLinks: false
{{- include "sanshe.pullSecrets" .root }}
securityContext: {{- include "sanshe.podSecurity" .root | nindent 2 }}
containers:
  - name: {{ .name }}
    image: {{ include "sanshe.image" .root }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{ .args }}
    env:
      {{- include "sanshe.commonEnv" .root | nindent 6 }}
      - { name: SANSHE_SECRETS, value: /var/run/sanshe/secrets }
      - name: SANSHE_DATABASE_PREFIX
        value: {{ $values.postgres.prefix | quote }}
      {{- if .keys }}
      - name: SANSHE_PII__VERSION
        value: {{ $values.pii.version | quote }}
      {{- end }}
    resources: {{- toYaml $values.migrations.resources | nindent 6 }}
    securityContext: {{- include "sanshe.containerSecurity" .root | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
      - { name: secrets, mountPath: /var/run/sanshe/secrets, readOnly: true }
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        - secret:
            name: {{ $values.postgres.owner.existingSecret }}
            items:
              - key: {{ $values.postgres.owner.key }}
                path: owner_database_url
        {{- if .keys }}
        {{- include "sanshe.piiSecret" .root | nindent 8 }}
        {{- end }}
{{- end -}}
