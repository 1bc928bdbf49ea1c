import KubeClient
import KubeModel
import Testbed
import Testing

/// What the configuration of each cluster makes of pods: us-east says nothing, us-west changes everything that can be,
/// has little patience with pods that find no node there, eu-central allows what others refuse. The kubelets of us-west may
/// be asked.
@Suite(.fleet(.translation, lasting: .seconds(70)))
struct TranslationTests {}

extension FleetPlan {
    fileprivate static let translation = FleetPlan(remotes: [
        Remote(name: "us-east", region: "us", store: .ofOrigin),
        Remote(
            name: "us-west",
            region: "us",
            configuration: ["pods": changing],
            nodes: ClusterPlan.Nodes.simulated(HollowNodes.Shape(count: 3, hasKubelets: true)),
            store: .ofOrigin,
            objects: [Manifest.runtimeClass("sandboxed", overhead: "10m")],
            letsKubeletsBeAsked: true
        ),
        Remote(name: "eu-central", region: "eu", configuration: ["pods": allowing], store: .ofOrigin),
    ])

    private static let changing: JSON = [
        "namespace": "{namespace}-{origin}",
        "nodeSelector": ["type": "simulated"],
        "runtimeClassName": "sandboxed",
        "tolerations": [["key": "pool", "operator": "Exists"]],
        "priorityClasses": ["translated": "translated-there"],
        "imageRewrites": ["registry.example": "mirror.example/cache"],
        "labels": ["tier": "remote"],
        "annotations": ["example.com/added": "by-configuration"],
        "patches": [
            [
                "selector": "patched=yes",
                "patch": [
                    ["op": "add", "path": "/spec/containers/0/args/0", "value": "--there"],
                    ["op": "replace", "path": "/spec/containers/0/image", "value": "patched.example/web:9"],
                    ["op": "add", "path": "/metadata/annotations/example.com~1patched", "value": "yes"],
                    ["op": "remove", "path": "/metadata/annotations/example.com~1here"],
                ],
            ],
            [
                "selector": "tomorrow=field",
                "patch": [["op": "add", "path": "/spec/containers/0/tomorrow", "value": ["a": 1]]],
            ],
            [
                "selector": "tomorrow=volume",
                "patch": [["op": "add", "path": "/spec/volumes", "value": [["name": "v", "tomorrow": ["a": 1]]]]],
            ],
        ],
        "policies": ["daemonSets": "reject"],
        "failUnscheduledAfter": "2s",
    ]

    private static let allowing: JSON = [
        "scheduling": "keep",
        "policies": [
            "hostNetwork": "allow", "hostPID": "allow", "hostIPC": "allow", "hostPorts": "allow",
            "privileged": "allow", "hostPath": "allow", "daemonSets": "run",
        ],
    ]
}

extension TestSpace {
    /// The delegate of a pod, wherever in a cluster it is.
    func delegate(of pod: JSON, in cluster: String) async throws -> JSON? {
        try await fleet.remote(cluster).list(.pods, labels: "martlet.dev/pod-uid=\(pod.uid)").first
    }

    /// A pod that runs, with its delegate.
    func running(_ name: String, in cluster: String) async throws -> (pod: JSON, delegate: JSON) {
        let pod = try await pod(name, "runs in \(cluster)") { $0.nodeName == cluster && $0.isReady }
        guard let delegate = try await delegate(of: pod, in: cluster) else {
            throw DidNotLast(what: "pod \(name) has a delegate in \(cluster)")
        }
        return (pod, delegate)
    }
}
