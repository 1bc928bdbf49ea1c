import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing
import Transport

extension ClusterTests {
    @Test(
        "With the webhook, pods go to the cluster that an annotation of other systems names, or are refused",
        .rows(85)
    )
    func placedByAnnotation() async throws {
        try await TestSpace.with("annotated") { space in
            let manifest = try RunningWebhook.manifest(for: space.origin, namespace: space.name)
            let command = ["apply", "--dry-run=server", "--filename", "-"]
            let taken = try await space.origin.kubectl(command, stdin: manifest)
            let lines = taken.split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines.allSatisfy { $0.hasSuffix("(server dry run)") }, "\(taken)")
            try await RunningWebhook.with(space.fleet, tolerations: "example.com/only") { webhook in
                try await space.label("martlet.dev/place-by-annotation=true")
                try await space.placesByAnnotation()
                let said = webhook.records("Pod denied").filter { $0["namespace"]?.string == space.name }
                #expect(said.first?["pod"]?.string == "torn")
                let refusal = try await space.refusal(of: Self.torn)
                #expect(refusal.contains("admission webhook \"placement.martlet.dev\" denied the request"))
                #expect(refusal.contains("names cluster \"us-west\", but the pod's nodeSelector asks for"))
                try await Self.counts(["changed", "denied"])
            }
        }
    }

    /// It is ready, has counted pods of each of these verdicts, and says when its certificate ends.
    private static func counts(_ verdicts: [String]) async throws {
        for path in ["/healthz", "/livez", "/readyz"] {
            #expect(try await RunningWebhook.status(path) == StatusPage(status: 200, text: "ok"))
        }
        let page = try await RunningWebhook.status("/metrics")
        for verdict in verdicts {
            let series = "martlet_webhook_requests_total{rule=\"pods\",verdict=\"\(verdict)\"}"
            #expect(page.value(of: series) ?? 0 > 0, "\(series)")
        }
        #expect(page.value(of: "martlet_webhook_request_duration_seconds_count{rule=\"pods\"}") ?? 0 > 1)
        let end = page.value(of: "martlet_webhook_certificate_expiration_timestamp_seconds")
        #expect(end ?? 0 > Date().timeIntervalSince1970)
    }

    @Test(
        "With the webhook, pods of a labelled namespace tolerate a cluster's taint, with the manifest that others have",
        .rows(84)
    )
    func toleratedByNamespace() async throws {
        try await TestSpace.with("labelled") { space in
            try await TestSpace.with("unlabelled", sharing: space.fleet) { other in
                let (fleet, file) = (space.fleet, try ConfigurationOnDisk(of: space.fleet))
                try await file.with {
                    $0[1]["taints"] = [["key": "example.com/only", "effect": "NoSchedule"]]
                } during: {
                    try await eventually("the node has the taint") {
                        try await fleet.node("us-west").taintKeys
                    } until: {
                        $0 == ["example.com/only"]
                    }
                    try await RunningWebhook.with(fleet, tolerations: "example.com/only") { _ in
                        try await space.label("martlet.dev/tolerate=true")
                        try await space.tolerates("example.com/only")
                        let pod = Manifest.podSpec(Manifest.cluster("us-west"))
                        for place in [space, other] {
                            try await place.apply(Manifest.deployment(replicas: 2, pod: pod))
                        }
                        #expect(try await space.running(2).counts == ["us-west": 2])
                        try await eventually("the others wait because of the taint") {
                            try await other.origin.pods(in: other.name)
                        } until: { pods in
                            pods.count == 2 && pods.allSatisfy { $0.isKeptOffByTaint }
                        }
                        #expect(try await other.snapshot().delegates.isEmpty)
                    }
                }
                try await eventually("the taint is gone with its line") {
                    try await fleet.node("us-west").taintKeys.isEmpty
                }
                try await fleet.nodesReady()
            }
        }
    }

    @Test(
        "The policies of docs/webhook do the same without a webhook",
        .rows(84, 85),
        .enabled(if: KubernetesRelease.minor >= 36)
    )
    func placedByPolicy() async throws {
        try await TestSpace.with("policy") { space in
            let files = ["policy", "policy-check"].map { "\(FleetRun.checkout)/docs/webhook/\($0).yaml" }
            let all = files.flatMap { ["--filename", $0] }
            try await withCleanUp {
                try await space.origin.kubectl(["delete", "--ignore-not-found"] + all)
            } _: {
                for file in files { try await space.origin.kubectl("apply", "--filename", file) }
                try await space.label("martlet.dev/place-by-annotation=true")
                try await space.label("martlet.dev/tolerate=true")
                try await space.tolerates("example.com/remote")
                try await space.placesByAnnotation()
                #expect(try await space.refusal(of: Self.torn).contains("ValidatingAdmissionPolicy"))
            }
        }
    }

    /// A pod whose annotation and selector contradict one another.
    fileprivate static let torn = Manifest.pod(
        "torn",
        annotations: TestSpace.ofUSWest,
        Manifest.podSpec(["nodeSelector": ["martlet.dev/cluster": "us-east"]])
    )
}

extension TestSpace {
    fileprivate static let ofUSWest: JSON = ["multicluster.admiralty.io/clustername": "us-west"]

    /// Labels the namespace in the origin.
    fileprivate func label(_ label: String) async throws {
        try await origin.kubectl("label", "namespace", name, label)
    }

    /// What the origin's API server makes of a pod that it is asked for and does not keep: the pod, or why there is none.
    private func rehearse(_ pod: JSON) async throws -> JSON {
        let response = try await origin.client.raw(
            "POST",
            path: Resource.pods.path(namespace: name),
            query: [(name: "dryRun", value: "All")],
            body: pod.serialized()
        )
        return try JSON.parse(response.body)
    }

    /// The API server's words about a pod that it refuses.
    fileprivate func refusal(of pod: JSON) async throws -> String {
        let result = try await origin.control.kubectl(
            ["--namespace", name, "apply", "--filename", "-"],
            input: pod.text
        )
        #expect(!result.status.isSuccess)
        return result.errorOutput
    }

    /// Waits until pods of the namespace are given the toleration: API servers hear of what is to be asked a moment later.
    fileprivate func tolerates(_ key: String) async throws {
        try await eventually("pods are given the toleration of \(key)") {
            try await rehearse(Manifest.pod("probe")).at("spec", "tolerations")?.array ?? []
        } until: { tolerations in
            tolerations.filter { $0["key"]?.string == key }.count == 1
        }
    }

    /// Shows that an annotation decides, that a contradiction is refused, and that pods without are left as they are.
    fileprivate func placesByAnnotation() async throws {
        try await eventually("pods are given the selector of their annotation") {
            try await rehearse(Manifest.pod("probe", annotations: Self.ofUSWest))
        } until: {
            $0.at("spec", "nodeSelector", "martlet.dev/cluster")?.string == "us-west"
        }
        try await eventually("a contradiction is refused") {
            try await rehearse(ClusterTests.torn)
        } until: {
            $0["kind"]?.string == "Status" && $0["message"]?.string?.contains("nodeSelector asks for") == true
        }
        // Of six without the annotation the scheduler would put two on each cluster.
        try await apply(Manifest.deployment(replicas: 6, annotations: Self.ofUSWest))
        let snapshot = try await running(6)
        #expect(snapshot.counts == ["us-west": 6])
        let plain = try await rehearse(Manifest.pod("plain"))
        #expect(plain.name == "plain")
        #expect(plain.at("spec", "nodeSelector") == nil)
    }
}

extension JSON {
    /// Whether the scheduler says that a taint keeps the pod off.
    fileprivate var isKeptOffByTaint: Bool {
        condition("PodScheduled")?["message"]?.string?.contains("taint") == true
    }
}
