import Foundation
import KubeClient
import KubeModel
import Testbed
import Testing

extension InspectionTests {
    @Test("A pod that waits for a ConfigMap says which, and what to do", .rows(117))
    func missingObject() async throws {
        try await TestSpace.with("lacks") { space in
            let container: JSON = [
                "name": "main", "image": "web", "envFrom": [["configMapRef": ["name": "settings"]]],
                "env": [["name": "PASSWORD", "value": "hunter2"]],
            ]
            let spec = Manifest.overlay(Manifest.cluster("us-west"), on: ["containers": [container]])
            try await space.apply(Manifest.pod("web", spec))
            let json = try await space.explained("web", as: "waiting")
            #expect(
                json.summary == "waits: ConfigMap \"\(space.name)/settings\" not found; the pod starts when it exists."
            )
            #expect(json.at("verdict", "advice")?.string?.hasPrefix("Create it in the origin") == true)
            let need = json.at("martlet", "needs")?[0]
            #expect(need?["name"] == "settings")
            #expect(need?["reason"] == "MandatoryConfigMapNotFound")
            #expect(json.at("martlet", "delegate") == nil)
            let text = try await space.explain("pod/web")
            #expect(text.hasPrefix("\(space.name)/web waits: ConfigMap"))
            #expect(!text.contains("hunter2"))
            #expect(!json.text.contains("hunter2"))
            try await space.kubectl("create", "configmap", "settings", "--from-literal=a=b")
            try await space.running(1)
            let after = try await space.explained("web", as: "running")
            #expect(after.at("martlet", "needs")?[0]?["state"] == "ready")
        }
    }

    @Test("A pod that runs says where its delegate is, and what of it was left out", .rows(117))
    func running() async throws {
        try await TestSpace.with("runs") { space in
            let container: JSON = [
                "name": "main", "image": "web",
                "env": [
                    ["name": "PASSWORD", "value": "hunter2"],
                    ["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
                ],
            ]
            let spec = Manifest.overlay(Manifest.cluster("us-east"), on: ["containers": [container]])
            try await space.apply(Manifest.pod("web", spec))
            try await space.running(1)
            let json = try await space.explained("web", as: "running")
            let remote = try await space.fleet.remote("us-east").pod("web", in: space.name)
            #expect(json.at("martlet", "delegate", "uid")?.string == remote?.uid)
            #expect(json.at("martlet", "delegate", "node")?.string == remote?.nodeName)
            let fields = json.at("martlet", "fields")?.array ?? []
            func fate(_ path: String) -> String? { fields.first { $0["path"]?.string == path }?["fate"]?.string }
            #expect(fate("spec.nodeSelector") == "left out")
            #expect(fate("spec.containers[main].env[NODE].valueFrom.fieldRef") == "rewritten")
            // Nothing else than what the documentation has is otherwise.
            #expect(fields.allSatisfy { $0["fate"] != nil }, "\(fields.map(\.text))")
            let text = try await space.explain("web")
            #expect(text.hasPrefix("\(space.name)/web runs and is ready."))
            #expect(text.contains("spec.nodeSelector: left out; has chosen the cluster"))
            #expect(!text.contains("hunter2"))
            #expect(!json.text.contains("hunter2"))
        }
    }

    @Test("A pod that no node of its cluster can hold has the words of that cluster's scheduler", .rows(117))
    func unplaced() async throws {
        try await TestSpace.with("large") { space in
            try await space.applyAsking("40", "web", on: "us-west")
            let json = try await space.explained("web", as: "unscheduled") { $0.summary.contains("in cluster us-west") }
            #expect(json.summary.contains("Insufficient cpu"))
            #expect(json.at("verdict", "advice")?.string?.contains("the largest single place there has cpu 32") == true)
            let delegate = json.at("martlet", "delegate")
            #expect(delegate?["phase"] == "Pending")
            #expect(delegate?["node"] == nil)
        }
    }

    @Test("A pod that the origin's scheduler can't place says what there would be", .rows(117))
    func unscheduled() async throws {
        try await TestSpace.with("nowhere") { space in
            try await space.applyAsking("500", "web", on: nil)
            let json = try await space.explained("web", as: "unscheduled") {
                $0["clusters"]?.array?.map { $0["state"]?.string } == ["healthy", "healthy", "healthy"]
            }
            #expect(json.summary.contains("the origin's scheduler says"))
            #expect(json.summary.contains("Insufficient cpu"))
            #expect(json.at("verdict", "advice")?.string?.contains("It asks for cpu 500") == true)
        }
    }

    @Test("A pod that its cluster refuses has the refusal's words, and when it is tried again", .rows(117))
    func refused() async throws {
        try await TestSpace.with("refused") { space in
            let remote = space.fleet.remote("us-west")
            try await remote.forbidPods(in: space.name)
            try await space.apply(Manifest.pod("web", Manifest.podSpec(Manifest.cluster("us-west"))))
            let json = try await space.explained("web", as: "refused") {
                $0.at("martlet", "failures", "count")?.int ?? 0 > 1
            }
            #expect(json.summary.contains("exceeded quota"))
            #expect(json.at("martlet", "failures", "reason") == "DelegateForbidden")
            #expect(json.at("martlet", "nextLook") != nil)
            let text = try await space.explain("web")
            #expect(text.contains("times in a row"))
            #expect(text.contains("next step: create in"))
        }
    }

    @Test("A pod of a cluster that is cut off says so", .rows(117))
    func cutOff() async throws {
        try await TestSpace.with("cut") { space in
            try await space.applyPod("web", on: "us-west")
            try await space.running(1)
            try await space.fleet.repaired {
                try await space.fleet.remote("us-west").relay.set(.cut)
                let json = try await space.explained("web", as: "outOfReach", within: .seconds(30)) {
                    $0.at("martlet", "problem") != nil
                }
                #expect(json.summary.hasPrefix("is in cluster us-west, which is lost: RemoteUnreachable"))
                #expect(json.at("cluster", "state") == "lost")
                // The endpoint is martlet's own, and knows what ran there.
                #expect(json.at("martlet", "delegate", "phase") == "Running")
                try await eventually("the node has its taint") {
                    try await space.fleet.node("us-west").hasHealthTaint
                }
                let node = try await space.fleet.command("explain", "node/us-west").checked().output
                #expect(
                    node.hasPrefix("us-west is lost: RemoteUnreachable: Cluster us-west can't be reached"),
                    "\(node)"
                )
                #expect(node.contains("martlet check us-west"))
                #expect(node.contains("taint node.kubernetes.io/"), "\(node)")
                #expect(node.contains(" of 96, memory ") && node.contains("1 Running"), "\(node)")
            }
        }
    }

    @Test("Who may not ask martlet gets the API server's words, and what the origin knows", .rows(117))
    func explainByRight() async throws {
        try await TestSpace.with("asks") { space in
            try await space.apply(
                Manifest.pod(
                    "web",
                    Manifest.overlay(
                        ["volumes": [["name": "v", "configMap": ["name": "settings"]]]],
                        on: Manifest.podSpec(Manifest.cluster("us-west"))
                    )
                )
            )
            _ = try await space.explained("web", as: "waiting")
            let rules = [Fleet.rule(["get"], "pods", "nodes"), Fleet.rule(["list"], "events")]
            let reader = try await space.fleet.person("reader", rules)
            let seen = try await space.fleet.command("explain", "web", "-n", space.name, kubeconfig: reader).checked()
            #expect(seen.output.hasPrefix("\(space.name)/web waits: ConfigMap"))
            #expect(seen.output.contains("User \"reader\" cannot get resource \"nodes/proxy\""))
            let stranger = try await space.fleet.person("stranger", [])
            let refused = try await space.fleet.command("explain", "web", "-n", space.name, kubeconfig: stranger)
            #expect(refused.status == .exited(code: 1))
            #expect(refused.output.isEmpty)
            #expect(refused.errorOutput.contains("User \"stranger\" cannot get resource \"pods\""))
        }
    }

    @Test("Without martlet, and for a pod that is none of martlet's, the origin has to do", .rows(117))
    func withoutMartlet() async throws {
        try await TestSpace.with("alone") { space in
            try await space.applyPod("web", on: "us-west")
            try await space.running(1)
            try await space.fleet.repaired {
                await space.fleet.martlet.kill()
                let text = try await space.explain("web")
                #expect(text.contains("so that this is from the origin alone"))
                #expect(text.contains("us-west"))
            }
            let node: JSON = ["apiVersion": "v1", "kind": "Node", "metadata": ["name": .string(space.name)]]
            try await space.origin.apply(node)
            let members: JSON = ["nodeName": .string(space.name), "tolerations": [["operator": "Exists"]]]
            try await space.apply(Manifest.pod("other", Manifest.podSpec(members)))
            let json = try await space.explained("other", as: "elsewhere")
            #expect(json.summary == "is on node \(space.name), which is none of martlet's.")
            try await space.forceDeletePod("other")
            try await space.origin.kubectl("delete", "node", space.name)
        }
    }
}

extension TestSpace {
    /// What `martlet explain` prints of a pod.
    fileprivate func explain(_ pod: String) async throws -> String {
        try await fleet.command("explain", pod, "-n", name).checked().output
    }

    /// The same for programs, once the verdict is of this kind.
    fileprivate func explained(
        _ pod: String,
        as kind: String,
        within: Duration = .seconds(15),
        until isRight: (JSON) -> Bool = { _ in true }
    ) async throws -> JSON {
        try await eventually("martlet explain says of \(pod) that it is \(kind)", within: within) {
            try JSON.parse(try await fleet.command("explain", pod, "-n", name, "-o", "json").checked().output)
        } until: {
            $0.at("verdict", "kind")?.string == kind && isRight($0)
        }
    }

    /// A pod that asks for so much CPU.
    fileprivate func applyAsking(_ cpu: String, _ pod: String, on cluster: String?) async throws {
        let container: JSON = [
            "name": "main", "image": "web", "resources": ["requests": ["cpu": .string(cpu)]],
        ]
        let place = cluster.map { Manifest.cluster($0) } ?? [:]
        try await apply(Manifest.pod(pod, Manifest.overlay(place, on: ["containers": [container]])))
    }
}

extension JSON {
    /// The verdict in words.
    fileprivate var summary: String { at("verdict", "summary")?.string ?? "" }
}
