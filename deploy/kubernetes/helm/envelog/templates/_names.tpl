{{- define "envelog.name" -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- end }}
{{- define "envelog.labels" -}}
app.kubernetes.io/name: envelog
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- define "envelog.selector" -}}
app.kubernetes.io/name: envelog
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
