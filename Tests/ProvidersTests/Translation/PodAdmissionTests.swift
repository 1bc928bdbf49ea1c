import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct PodAdmissionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let reason: String
        let spec: JSON
        let allow: PodPolicies.Demand

        var testDescription: String { "\(reason): \(spec.text)" }

        init(_ reason: String, _ allow: PodPolicies.Demand, _ spec: JSON) {
            self.reason = reason
            self.allow = allow
            self.spec = spec
        }

        static func container(_ kind: String, _ fields: JSON) -> JSON {
            var container: JSON = ["name": "x", "image": "a"]
            for (key, value) in fields.object ?? [:] { container[key] = value }
            return [kind: [container]]
        }

        static let all = [
            Case("HostNetworkForbidden", .hostNetwork, ["hostNetwork": true]),
            Case("HostPIDForbidden", .hostPID, ["hostPID": true]),
            Case("HostIPCForbidden", .hostIPC, ["hostIPC": true]),
            Case("HostPortForbidden", .hostPorts, container("containers", ["ports": [["hostPort": 80]]])),
            Case("HostPortForbidden", .hostPorts, container("initContainers", ["ports": [["hostPort": 80]]])),
            Case(
                "PrivilegedForbidden",
                .privileged,
                container("containers", ["securityContext": ["privileged": true]])
            ),
            Case(
                "PrivilegedForbidden",
                .privileged,
                container("initContainers", ["securityContext": ["windowsOptions": ["hostProcess": true]]])
            ),
            Case("PrivilegedForbidden", .privileged, ["securityContext": ["windowsOptions": ["hostProcess": true]]]),
            Case("HostPathForbidden", .hostPath, ["volumes": [["name": "v", "hostPath": ["path": "/"]]]]),
            Case("ResourceClaimsForbidden", .resourceClaims, ["resourceClaims": [["name": "gpu"]]]),
            Case(
                "PodCertificateForbidden",
                .podCertificates,
                ["volumes": [["name": "v", "projected": ["sources": [["podCertificate": ["keyType": "ED25519"]]]]]]]
            ),
            Case(
                "ClusterTrustBundleForbidden",
                .clusterTrustBundles,
                ["volumes": [["name": "v", "projected": ["sources": [["clusterTrustBundle": ["name": "ca"]]]]]]]
            ),
        ]
    }

    private func check(
        _ pod: JSON,
        namespace: String = "shop",
        _ policies: PodPolicies = PodPolicies()
    ) -> ProviderError? {
        do {
            try PodAdmission.check(pod, cluster: "us-east", namespace: namespace, policies: policies)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Case.all)
    func `What reaches into a host is refused unless allowed`(rule: Case) {
        let pod = PodFixture.json(spec: rule.spec)
        let error = check(pod)
        #expect(error?.code == .refused)
        #expect(error?.reason == rule.reason)
        #expect(error?.message.contains("us-east") == true)
        var policies = PodPolicies()
        policies.allowed = [rule.allow]
        #expect(check(pod, policies) == nil)
    }

    @Test func `Of ephemeral containers those are refused that the cluster does not allow, and nothing else`() throws {
        let pod = PodFixture.json(spec: [
            "ephemeralContainers": [
                ["name": "first", "image": "a"],
                ["name": "second", "image": "a", "securityContext": ["privileged": true]],
            ]
        ])
        #expect(check(pod) == nil, "it may never be taken off the pod again")
        var policies = PodPolicies()
        let refused = PodAdmission.refusedEphemeral(of: pod, cluster: "us-east", policies: policies)
        #expect(refused?.names == ["second"])
        #expect(refused?.refusal.code == .rejected)
        #expect(refused?.refusal.reason == "PrivilegedForbidden")
        #expect(refused?.refusal.message.contains("\"second\"") == true)
        policies.allowed = [.privileged]
        #expect(PodAdmission.refusedEphemeral(of: pod, cluster: "us-east", policies: policies) == nil)
    }

    @Test func `Certificates and trust bundles are a pod's where its ServiceAccount is the cluster's own`() {
        #expect(PodPolicies().allowing(.remote).allowed == [.podCertificates, .clusterTrustBundles])
        #expect(PodPolicies().allowing(.none) == PodPolicies())
        let server = OriginServer(host: "192.0.2.1", port: 6443)
        #expect(PodPolicies().allowing(.origin(server)) == PodPolicies())
    }

    @Test func `Every policy has a rule that a test breaks`() {
        #expect(Set(PodRule.all.map(\.demand)) == Set(PodPolicies.Demand.allCases))
        #expect(Set(PodRule.all.map(\.reason)) == Set(Case.all.map(\.reason)))
    }

    @Test func `The ports of a pod in its host's network are that policy's business`() {
        let pod = PodFixture.json(spec: [
            "hostNetwork": true, "containers": [["name": "x", "image": "a", "ports": [["hostPort": 80]]]],
        ])
        var policies = PodPolicies()
        policies.allowed = [.hostNetwork]
        #expect(check(pod, policies) == nil)
    }

    @Test(
        arguments: [
            ["hostNetwork": false, "hostPID": false], ["hostUsers": false], ["resourceClaims": []],
            ["volumes": [["name": "v", "emptyDir": [:]]]],
            [
                "containers": [
                    ["name": "x", "securityContext": ["privileged": false], "ports": [["containerPort": 80]]]
                ]
            ],
        ] as [JSON]
    )
    func `An ordinary pod is admitted`(spec: JSON) {
        #expect(check(PodFixture.json(spec: spec)) == nil)
    }

    private static let daemonSet: JSON = [
        "ownerReferences": [["kind": "DaemonSet", "name": "agent", "uid": "d", "controller": true]]
    ]

    @Test(
        arguments: [
            (Self.daemonSet, "DaemonSetIgnored"),
            (["annotations": ["kubernetes.io/config.mirror": "x"]], "MirrorPodIgnored"),
            (["annotations": ["kubernetes.io/config.source": "file"]], "MirrorPodIgnored"),
            (["namespace": "kube-system"], "NamespaceIgnored"), (["namespace": "kube-public"], "NamespaceIgnored"),
        ] as [(JSON, String)]
    )
    func `What serves a real node stays out`(metadata: JSON, reason: String) {
        let error = check(PodFixture.json(metadata: metadata))
        #expect(error?.code == .ignored)
        #expect(error?.reason == reason)
    }

    @Test func `Pods of DaemonSets run or fail where the configuration says so`() {
        var policies = PodPolicies()
        policies.daemonSets = .run
        #expect(check(PodFixture.json(metadata: Self.daemonSet), policies) == nil)
        policies.daemonSets = .reject
        let error = check(PodFixture.json(metadata: Self.daemonSet), policies)
        #expect(error?.code == .refused)
        #expect(error?.reason == "DaemonSetRejected")
    }

    @Test(arguments: [("kube-x", "NamespaceForbidden"), (String(repeating: "n", count: 64), "NamespaceTooLong")])
    func `A namespace that can't be is refused`(namespace: String, reason: String) {
        let error = check(PodFixture.json(), namespace: namespace)
        #expect(error?.code == .refused)
        #expect(error?.reason == reason)
    }

    @Test func `A delegate is not delegated further`() {
        let marks = DelegateIdentity(originID: "o", nodeName: "n").labels(podUID: "u")
        let error = check(PodFixture.json(metadata: ["labels": JSON(marks)]))
        #expect(error?.code == .refused)
        #expect(error?.reason == "NodeAffinity")
    }
}
