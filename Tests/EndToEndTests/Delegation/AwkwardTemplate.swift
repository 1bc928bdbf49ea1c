/// A Deployment whose template has what careless translators break: booleans, nulls, quotes, texts that look like other
/// types, two containers, all kinds of settings.
enum AwkwardTemplate {
    static let image = "registry.example:5000/team/web:1.2@sha256:\(String(repeating: "ab", count: 32))"

    static let awkwardValue = "say \"no\", it's 100% \\ {{x}} ${Y} é 🐦\nsecond line\ttab"

    /// The fields of the spec that the manifest writes.
    static let writtenFields = [
        "containers", "initContainers", "volumes", "restartPolicy", "terminationGracePeriodSeconds",
        "securityContext", "dnsPolicy", "dnsConfig", "hostAliases", "enableServiceLinks", "shareProcessNamespace",
        "subdomain", "hostname", "tolerations", "imagePullSecrets",
    ]

    /// The fields of a spec that are about its own cluster (docs/pods.md).
    static let placementFields: Set<String> = [
        "nodeName", "nodeSelector", "affinity", "schedulerName", "priority", "priorityClassName", "preemptionPolicy",
        "serviceAccount", "serviceAccountName", "automountServiceAccountToken",
    ]

    static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: awkward
        spec:
          replicas: 1
          selector:
            matchLabels: {app: awkward}
          template:
            metadata:
              creationTimestamp: null
              labels: {app: awkward, "example.com/no": "no"}
              annotations:
                example.com/null: "null"
                example.com/yes: "yes"
                example.com/empty: ""
            spec:
              nodeSelector: {kubernetes.io/hostname: us-east}
              terminationGracePeriodSeconds: 7
              enableServiceLinks: false
              shareProcessNamespace: true
              hostname: awkward
              subdomain: sub
              imagePullSecrets: [{name: keys}]
              securityContext: {runAsNonRoot: true, runAsUser: 65534, fsGroup: 0, sysctls: []}
              dnsPolicy: None
              dnsConfig:
                nameservers: [10.0.0.10]
                options: [{name: ndots, value: "2"}, {name: edns0}]
              hostAliases: [{ip: 10.1.2.3, hostnames: [a.example, b.example]}]
              tolerations: [{key: spot, operator: Equal, value: "true", effect: NoExecute, tolerationSeconds: 0}]
              initContainers:
                - name: prepare
                  image: busybox
                  command: [sh]
                  args: ["-c", "echo \\"it's\\" 'done' \\\\ $(HOME)"]
                  resources: {limits: {cpu: 100m, memory: 1.5Gi}, requests: {cpu: "0.05"}}
              containers:
                - name: main
                  image: "\(image)"
                  tty: true
                  stdin: false
                  env:
                    - {name: AWKWARD, value: "say \\"no\\", it's 100% \\\\ {{x}} ${Y} \\u00e9 \\U0001F426\\nsecond line\\ttab"}
                    - {name: BOOLEAN, value: "true"}
                    - {name: OCTAL, value: "0777"}
                    - {name: EMPTY, value: ""}
                    - {name: OWN_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                    - {name: SETTING, valueFrom: {configMapKeyRef: {name: settings, key: a}}}
                    - {name: CPU, valueFrom: {resourceFieldRef: {containerName: main, resource: limits.cpu, divisor: 1m}}}
                  envFrom: [{prefix: P_, configMapRef: {name: settings}}]
                  ports: [{name: http, containerPort: 8080}]
                  resources: {limits: {cpu: "1", memory: 512Mi}, requests: {cpu: 250m, memory: 100e6}}
                  livenessProbe:
                    httpGet: {path: "/live?full=true&x=1", port: http, httpHeaders: [{name: X-Quote, value: "\\"q\\""}]}
                    periodSeconds: 7
                  readinessProbe: {exec: {command: [test, -f, "/tmp/a b"]}, failureThreshold: 9}
                  startupProbe: {tcpSocket: {port: 8080}, initialDelaySeconds: 1}
                  lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
                  securityContext: {readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
                  terminationMessagePolicy: FallbackToLogsOnError
                  volumeMounts:
                    - {name: settings, mountPath: /etc/settings, readOnly: true}
                    - {name: scratch, mountPath: "/data/with space", subPath: sub}
                - name: side-car
                  image: registry.example/side:latest
                  imagePullPolicy: Never
                  ports: [{containerPort: 53, protocol: UDP}]
              volumes:
                - name: settings
                  configMap: {name: settings, defaultMode: 0440, items: [{key: a, path: "A/a.conf"}]}
                - name: keys
                  secret: {secretName: keys, optional: true}
                - name: scratch
                  emptyDir: {medium: Memory, sizeLimit: 64Mi}
                - name: about
                  downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
        """
}
