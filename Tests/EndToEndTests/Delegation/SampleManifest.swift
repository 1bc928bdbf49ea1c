import Testing

/// Manifests in the form in which Kubernetes' documentation shows its first examples.
struct SampleManifest: Sendable, CustomTestStringConvertible {
    let name: String
    /// How many pods it makes.
    let pods: Int
    let text: String

    var testDescription: String { name }

    static let all = [nginx, guestbook, job, statefulSet]

    private static let nginx = SampleManifest(
        name: "nginx Deployment and Service",
        pods: 3,
        text: """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: nginx-deployment
              labels:
                app: nginx
            spec:
              replicas: 3
              selector:
                matchLabels:
                  app: nginx
              template:
                metadata:
                  labels:
                    app: nginx
                spec:
                  containers:
                  - name: nginx
                    image: nginx:1.14.2
                    ports:
                    - containerPort: 80
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: nginx
            spec:
              selector:
                app: nginx
              ports:
              - port: 80
                targetPort: 80
            """
    )

    private static let guestbook = SampleManifest(
        name: "guestbook",
        pods: 6,
        text: ["leader 1 6379 redis", "follower 2 6379 redis", "frontend 3 80 php-redis"]
            .map { line in
                let words = line.split(separator: " ")
                return """
                    apiVersion: v1
                    kind: Service
                    metadata:
                      name: guestbook-\(words[0])
                      labels: {app: guestbook, role: \(words[0])}
                    spec:
                      ports:
                      - port: \(words[2])
                      selector: {app: guestbook, role: \(words[0])}
                    ---
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata:
                      name: guestbook-\(words[0])
                    spec:
                      replicas: \(words[1])
                      selector:
                        matchLabels: {app: guestbook, role: \(words[0])}
                      template:
                        metadata:
                          labels: {app: guestbook, role: \(words[0])}
                        spec:
                          containers:
                          - name: \(words[3])
                            image: registry.example/guestbook/\(words[3]):v5
                            env:
                            - name: GET_HOSTS_FROM
                              value: dns
                            resources:
                              requests: {cpu: 100m, memory: 100Mi}
                            ports:
                            - containerPort: \(words[2])
                    """
            }
            .joined(separator: "\n---\n")
    )

    private static let job = SampleManifest(
        name: "Job",
        pods: 1,
        text: """
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: pi
            spec:
              template:
                spec:
                  containers:
                  - name: pi
                    image: perl
                    command: ["perl", "-Mbignum=bpi", "-wle", "print bpi(2000)"]
                  restartPolicy: Never
              backoffLimit: 4
            """
    )

    private static let statefulSet = SampleManifest(
        name: "StatefulSet without volumes",
        pods: 2,
        text: """
            apiVersion: v1
            kind: Service
            metadata:
              name: nginx
              labels:
                app: nginx
            spec:
              ports:
              - port: 80
                name: web
              clusterIP: None
              selector:
                app: nginx
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata:
              name: web
            spec:
              serviceName: "nginx"
              replicas: 2
              selector:
                matchLabels:
                  app: nginx
              template:
                metadata:
                  labels:
                    app: nginx
                spec:
                  terminationGracePeriodSeconds: 10
                  containers:
                  - name: nginx
                    image: registry.example/nginx-slim:0.8
                    ports:
                    - containerPort: 80
                      name: web
            """
    )
}
