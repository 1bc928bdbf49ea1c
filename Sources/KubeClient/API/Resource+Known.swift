extension Resource {
    package static let configMaps = Resource(version: "v1", plural: "configmaps", kind: "ConfigMap")
    package static let endpoints = Resource(version: "v1", plural: "endpoints", kind: "Endpoints")
    package static let events = Resource(version: "v1", plural: "events", kind: "Event")
    package static let namespaces = Resource(version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false)
    package static let nodes = Resource(version: "v1", plural: "nodes", kind: "Node", namespaced: false)
    package static let persistentVolumeClaims = Resource(
        version: "v1",
        plural: "persistentvolumeclaims",
        kind: "PersistentVolumeClaim"
    )
    package static let persistentVolumes = Resource(
        version: "v1",
        plural: "persistentvolumes",
        kind: "PersistentVolume",
        namespaced: false
    )
    package static let pods = Resource(version: "v1", plural: "pods", kind: "Pod")
    /// What pods use, where a cluster has a metrics API. All of its servers have this version.
    package static let podMetrics = Resource(
        group: "metrics.k8s.io",
        version: "v1beta1",
        plural: "pods",
        kind: "PodMetrics"
    )
    package static let secrets = Resource(version: "v1", plural: "secrets", kind: "Secret")
    package static let serviceAccounts = Resource(version: "v1", plural: "serviceaccounts", kind: "ServiceAccount")
    package static let services = Resource(version: "v1", plural: "services", kind: "Service")

    package static let daemonSets = Resource(group: "apps", version: "v1", plural: "daemonsets", kind: "DaemonSet")
    package static let deployments = Resource(group: "apps", version: "v1", plural: "deployments", kind: "Deployment")
    package static let replicaSets = Resource(group: "apps", version: "v1", plural: "replicasets", kind: "ReplicaSet")
    package static let statefulSets = Resource(
        group: "apps",
        version: "v1",
        plural: "statefulsets",
        kind: "StatefulSet"
    )

    /// Served since Kubernetes 1.21; ask `APIClient.firstServed(of:)` before use.
    package static let cronJobs = Resource(group: "batch", version: "v1", plural: "cronjobs", kind: "CronJob")
    /// Served until Kubernetes 1.24.
    package static let cronJobsBeta = Resource(group: "batch", version: "v1beta1", plural: "cronjobs", kind: "CronJob")
    package static let jobs = Resource(group: "batch", version: "v1", plural: "jobs", kind: "Job")

    package static let storageClasses = Resource(
        group: "storage.k8s.io",
        version: "v1",
        plural: "storageclasses",
        kind: "StorageClass",
        namespaced: false
    )

    package static let leases = Resource(
        group: "coordination.k8s.io",
        version: "v1",
        plural: "leases",
        kind: "Lease"
    )

    package static let certificateSigningRequests = Resource(
        group: "certificates.k8s.io",
        version: "v1",
        plural: "certificatesigningrequests",
        kind: "CertificateSigningRequest",
        namespaced: false
    )

    package static let clusterRoleBindings = rbac("clusterrolebindings", "ClusterRoleBinding", namespaced: false)
    package static let clusterRoles = rbac("clusterroles", "ClusterRole", namespaced: false)
    package static let roles = rbac("roles", "Role", namespaced: true)

    package static let tokenReviews = Resource(
        group: "authentication.k8s.io",
        version: "v1",
        plural: "tokenreviews",
        kind: "TokenReview",
        namespaced: false
    )
    package static let selfSubjectAccessReviews = authorization("selfsubjectaccessreviews", "SelfSubjectAccessReview")
    package static let subjectAccessReviews = authorization("subjectaccessreviews", "SubjectAccessReview")

    private static func rbac(_ plural: String, _ kind: String, namespaced: Bool) -> Resource {
        Resource(
            group: "rbac.authorization.k8s.io",
            version: "v1",
            plural: plural,
            kind: kind,
            namespaced: namespaced
        )
    }

    private static func authorization(_ plural: String, _ kind: String) -> Resource {
        Resource(group: "authorization.k8s.io", version: "v1", plural: plural, kind: kind, namespaced: false)
    }
}
