import Foundation
import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct FieldComparisonTests {
    private let identity = DelegateIdentity(originID: "origin-1", nodeName: "us-east")

    /// What a pod's delegate has otherwise, once it was rendered and a cluster has made something of it.
    private func differences(
        _ spec: JSON,
        settings: TranslationSettings = TranslationSettings(),
        cluster: (inout JSON) -> Void = { _ in }
    ) throws -> [String: FieldDifference] {
        let pod = PodFixture.json(spec: spec)
        var delegate = try DelegatePod.render(
            pod,
            identity: identity,
            namespace: "shop",
            owner: [:],
            settings: settings
        ).object
        cluster(&delegate)
        let found = FieldComparison.differences(of: pod, from: delegate)
        return Dictionary(found.map { ($0.path, $0) }) { first, _ in first }
    }

    @Test func `A plain pod differs in what every pod does`() throws {
        let found = try differences([
            "schedulerName": "default-scheduler", "priority": 0, "preemptionPolicy": "PreemptLowerPriority",
            "serviceAccountName": "default", "serviceAccount": "default", "dnsPolicy": "ClusterFirst",
        ]) { delegate in
            delegate["spec"]?["schedulerName"] = "default-scheduler"
            delegate["spec"]?["nodeName"] = "worker-1"
            delegate["spec"]?["containers"]?.changeElements { $0["terminationMessagePath"] = "/dev/termination-log" }
        }
        #expect(found.values.allSatisfy { $0.isOrdinary })
        #expect(found["spec.nodeName"]?.fate == .left)
    }

    @Test func `What is left out or rewritten is named with the table's reason`() throws {
        let found = try differences([
            "nodeSelector": ["topology.kubernetes.io/region": "us"],
            "affinity": [
                "podAntiAffinity": [:], "nodeAffinity": ["preferredDuringSchedulingIgnoredDuringExecution": [[:]]],
            ],
            "priorityClassName": "gold", "readinessGates": [["conditionType": "example.com/gate"]],
            "serviceAccountName": "shop",
            "containers": [
                [
                    "name": "main", "image": "web",
                    "env": [
                        ["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
                        ["name": "PASSWORD", "value": "hunter2"],
                    ],
                ]
            ],
        ])
        for path in ["spec.nodeSelector", "spec.priorityClassName", "spec.readinessGates", "spec.affinity"] {
            #expect(found[path]?.fate == .left, "\(path)")
            #expect(found[path]?.isOrdinary == false)
        }
        #expect(found["spec.serviceAccountName"]?.fate == .rewritten)
        #expect(found["spec.containers[main].env[NODE].valueFrom.fieldRef"]?.fate == .rewritten)
        #expect(!found.values.contains { "\($0)".contains("hunter2") })
    }

    @Test func `What the configuration adds to a list takes nothing away`() throws {
        var settings = TranslationSettings()
        settings.tolerations = [["key": "spot", "operator": "Exists"]]
        settings.runtimeClassName = "gvisor"
        let own: JSON = ["tolerations": [["key": "mine", "operator": "Exists"]], "runtimeClassName": "runc"]
        let found = try differences(own, settings: settings)
        #expect(found["spec.tolerations"] == nil)
        #expect(found["spec.runtimeClassName"]?.fate == .configured)
    }

    @Test func `What the cluster itself has changed, or not kept, is told as that`() throws {
        let spec: JSON = [
            "hostUsers": false, "initContainers": [["name": "proxy", "image": "proxy", "restartPolicy": "Always"]],
        ]
        let found = try differences(spec) { delegate in
            delegate["spec"]?["hostUsers"] = nil
            delegate["spec"]?["initContainers"]?.changeElements { $0["restartPolicy"] = nil }
            delegate["spec"]?["containers"]?.changeElements { $0["imagePullPolicy"] = "Always" }
            delegate["spec"]?["terminationGracePeriodSeconds"] = 30
        }
        #expect(found["spec.hostUsers"]?.fate == nil)
        #expect(found["spec.hostUsers"]?.isMissing == true)
        #expect(found["spec.initContainers[proxy].restartPolicy"]?.isMissing == true)
        #expect(found.values.filter { !$0.isOrdinary }.count == 2)
    }

    @Test func `The token that admission mounts is told once, and not as a loss`() throws {
        let found = try differences([
            "volumes": [
                [
                    "name": "kube-api-access-x1",
                    "projected": ["sources": [["serviceAccountToken": ["path": "token"]]]],
                ]
            ],
            "containers": [
                [
                    "name": "main", "image": "web",
                    "volumeMounts": [
                        [
                            "name": "kube-api-access-x1",
                            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                        ]
                    ],
                ]
            ],
        ])
        #expect(found["spec.volumes[kube-api-access-x1]"]?.isOrdinary == true)
        #expect(found.values.allSatisfy { $0.isOrdinary })
    }
}

extension JSON {
    /// Changes each element of an array in place.
    fileprivate mutating func changeElements(_ body: (inout JSON) -> Void) {
        self = .array(
            (array ?? []).map { element in
                var changed = element
                body(&changed)
                return changed
            }
        )
    }
}
