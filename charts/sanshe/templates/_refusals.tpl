{{/* What a schema cannot say: refused at render, with what to do. */}}
{{- define "sanshe.refuse" -}}
{{- $v := .Values -}}
{{- if and $v.ingress.enabled $v.httpRoute.enabled -}}
{{- fail "ingress.enabled and httpRoute.enabled: choose one / 只能启用其中一个" -}}
{{- end -}}
{{- if and $v.ingress.enabled (not (and $v.ingress.host $v.ingress.tlsSecret)) -}}
{{- fail "ingress.host and ingress.tlsSecret are required with ingress.enabled / 启用 ingress 时必须填写域名和证书" -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs is required with httpRoute.enabled / 启用 httpRoute 时必须填写 parentRefs" -}}
{{- end -}}
{{- if eq $v.postgres.runtime.existingSecret $v.postgres.owner.existingSecret -}}
{{- fail "postgres.owner.existingSecret must not be the Secret of the runtime role / 所有者角色与运行角色不得使用同一个 Secret" -}}
{{- end -}}
{{- with $v.postgres.cluster -}}
{{- if and .enabled (or (not .ownerPassword) (not .runtimePassword) (eq .ownerPassword .runtimePassword)) -}}
{{- fail "postgres.cluster.ownerPassword and runtimePassword are required with postgres.cluster.enabled, and are two Secrets / 启用数据库集群时必须分别给出两个角色的口令 Secret" -}}
{{- end -}}
{{- end -}}
{{- $readiness := include "sanshe.noticed" . | fromYaml -}}
{{- $noticed := mul $readiness.periodSeconds $readiness.failureThreshold -}}
{{- range $name, $component := $v.components -}}
{{- $c := include "sanshe.component" (dict "root" $ "component" $component) | fromJson -}}
{{- $needed := add (int $c.drainSeconds) (int $c.requestTimeoutSeconds) -}}
{{- if le (int $c.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail (printf "components.%s: terminationGracePeriodSeconds %d must be longer than drainSeconds + requestTimeoutSeconds = %d / 终止宽限期必须大于排空时间与请求时限之和" $name (int $c.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- if lt (int $c.drainSeconds) (int $noticed) -}}
{{- fail (printf "components.%s: drainSeconds %d is shorter than the %d seconds until Kubernetes notices that a pod stops / 排空时间短于 Kubernetes 发现 Pod 停止所需的时间" $name (int $c.drainSeconds) $noticed) -}}
{{- end -}}
{{- if and $c.autoscaling.enabled (gt (int $c.autoscaling.minReplicas) (int $c.autoscaling.maxReplicas)) -}}
{{- fail (printf "components.%s: autoscaling.minReplicas is above maxReplicas" $name) -}}
{{- end -}}
{{- range $peer := $c.peers -}}
{{- if not (hasKey $v.components $peer) -}}
{{- fail (printf "components.%s.peers names %s, which is no component" $name $peer) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $subgraph := $v.subgraphs -}}
{{- if hasKey $v.components $name -}}
{{- fail (printf "subgraphs.%s has the name of a component / 子图与组件重名" $name) -}}
{{- end -}}
{{- end -}}
{{- range $version := $v.pii.previous -}}
{{- if eq (int $version.version) (int $v.pii.version) -}}
{{- fail (printf "pii.previous holds version %d, which is the current one" (int $version.version)) -}}
{{- end -}}
{{- end -}}
{{- if and $v.pii.renew (not $v.migrations.enabled) -}}
{{- fail "pii.renew needs the owner's role, which migrations.enabled: false keeps away; run `sanshe keys renew` where the migrations run / 请在执行迁移处运行 sanshe keys renew" -}}
{{- end -}}
{{- if $v.networkPolicy.enabled -}}
{{- range $place := list "postgres" "redis" "issuer" -}}
{{- if not (get $v.networkPolicy $place).to -}}
{{- fail (printf "networkPolicy.%s.to is empty: say where it is, or set networkPolicy.enabled: false / 请填写 networkPolicy.%s.to" $place $place) -}}
{{- end -}}
{{- end -}}
{{- if and $v.operator.enabled (not $v.networkPolicy.apiServer.to) -}}
{{- fail "networkPolicy.apiServer.to is required with operator.enabled: the addresses behind `kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes` / 启用操作器时必须填写 API 服务器的地址 networkPolicy.apiServer.to" -}}
{{- end -}}
{{- if and $v.redis.gateway.existingSecret (not $v.networkPolicy.gatewayRedis.to) -}}
{{- fail "networkPolicy.gatewayRedis.to is required with redis.gateway.existingSecret / 网关使用 Redis 时必须填写 networkPolicy.gatewayRedis.to" -}}
{{- end -}}
{{- if and $v.traces.endpoint (not $v.networkPolicy.traces.to) -}}
{{- fail "networkPolicy.traces.to is required with traces.endpoint / 启用链路追踪时必须填写 networkPolicy.traces.to" -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled (not $v.networkPolicy.scrapers) -}}
{{- fail "networkPolicy.scrapers is required with monitoring.serviceMonitor.enabled / 启用监控时必须填写 networkPolicy.scrapers" -}}
{{- end -}}
{{- end -}}
{{- end -}}
