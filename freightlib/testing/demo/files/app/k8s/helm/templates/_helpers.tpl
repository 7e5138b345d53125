{{- define "shop.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-shop
{{- end -}}

{{- define "shop.selector" -}}
app.kubernetes.io/name: shop
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "shop.labels" -}}
{{ include "shop.selector" . }}
app.kubernetes.io/managed-by: freightlib
{{- end -}}

{{- define "shop.container" -}}
image: {{ required "image is set by freightlib" .Values.image }}
envFrom:
  - configMapRef:
      name: {{ include "shop.name" . }}
securityContext:
  allowPrivilegeEscalation: false
  runAsNonRoot: true
{{- end -}}
