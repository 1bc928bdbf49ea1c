import KubeClient
import KubeModel
import TestSupport
import Testing

@testable import Administration

@Suite(.timeLimit(.minutes(1))) struct ExplainCommandTests {
    private let origin = ScriptedCluster("origin", objects: [virtualNode()])

    private func explain(asJSON: Bool = false) async throws -> String {
        try await ExplainCommand(.pod("web"), namespace: "shop", client: origin.client()).run(asJSON: asJSON)
    }

    /// What martlet says of the pod.
    private static let page: JSON = [
        "pod": ["namespace": "shop", "name": "web", "uid": "uid-1"], "step": "create",
        "place": ["namespace": "shop", "name": "web"], "nextLook": "2126-11-21T19:50:00Z",
        "failures": [
            "count": 3, "reason": "MandatorySecretNotFound", "lastTime": "2026-11-21T19:50:00Z",
            "message": "Secret \"shop/keys\" not found; the pod starts when it exists.",
        ],
        "needs": [
            [
                "kind": "Secret", "name": "keys", "optional": false, "state": "lacking", "reason": "R",
                "message": "not found",
            ],
            ["kind": "ConfigMap", "name": "settings", "optional": true, "state": "ready"],
        ],
        "fields": [
            ["path": "spec.nodeSelector", "fate": "left out", "why": "has chosen the cluster", "ordinary": false],
            ["path": "spec.nodeName", "fate": "left out", "why": "the virtual node", "ordinary": true],
        ],
        "events": [["type": "Warning", "reason": "FailedMount", "message": "no", "count": 2]],
    ]

    private func putPod() {
        var pod = boundPod("web", phase: "Pending")
        pod["metadata"]?["uid"] = "uid-1"
        pod["spec"]?["containers"] = [["name": "main", "env": [["name": "PASSWORD", "value": "hunter2"]]]]
        origin.put(pod)
    }

    @Test func `The verdict is the first line, and everything martlet knows follows`() async throws {
        putPod()
        origin.fault(.answer(Self.page)) { $0.resource == "nodes/proxy" }
        let lines = try await explain().split(separator: "\n").map(String.init)
        #expect(lines[0] == "shop/web waits: Secret \"shop/keys\" not found; the pod starts when it exists.")
        #expect(lines[1] == "What to do: Create it in the origin; the pod starts then by itself.")
        let text = lines.joined(separator: "\n")
        for words in [
            "none; it would be shop/web in cluster us-east", "failed 3 times in a row", "next step: create in",
            "Secret keys: R: not found.", "ConfigMap settings (optional): ready",
            "spec.nodeSelector: left out; has chosen the cluster", "1 that are otherwise in every delegate",
            "(2 times) FailedMount: no.",
        ] {
            #expect(text.contains(words), "\(words)")
        }
        #expect(!text.contains("hunter2"))
        let json = try JSON.parse(try await explain(asJSON: true))
        #expect(json.at("verdict", "kind") == "waiting")
        #expect(json.at("martlet", "needs")?[0]?["name"] == "keys")
        #expect(!json.text.contains("hunter2"))
    }

    @Test func `Where martlet can't be asked the origin's objects have to do, and that is said`() async throws {
        putPod()
        origin.fault(.refuse(403, reason: "Forbidden", message: "jane may not get nodes/proxy")) {
            $0.resource == "nodes/proxy"
        }
        let text = try await explain()
        #expect(text.contains("from the origin alone: jane may not get nodes/proxy"))
        #expect(text.hasPrefix("shop/web is being started in cluster us-east."))
    }

    @Test func `What is of another pod of that name is not believed`() async throws {
        putPod()
        var page = Self.page
        page["pod"]?["uid"] = "uid-0"
        origin.fault(.answer(page)) { [page] in $0.resource == "nodes/proxy" && !page.isNull }
        #expect(try await explain().contains("ask again in a moment"))
    }

    @Test func `A pod that is not there, or may not be read, is the server's word`() async throws {
        let missing = await #expect(throws: APIError.self) { try await explain() }
        #expect(missing?.code == .notFound)
    }

    @Test(
        arguments: [
            ("pod/web", .pod("web")), ("pods/web", .pod("web")), ("po/web", .pod("web")), ("web", .pod("web")),
            ("node/us", .node("us")), ("nodes/us", .node("us")), ("no/us", .node("us")), ("job/a", nil), ("a/b/c", nil),
            ("pod/", nil), ("", nil),
        ] as [(String, ExplainCommand.Subject?)]
    )
    func `A pod and a node are named as kubectl has them named`(operand: String, subject: ExplainCommand.Subject?) {
        #expect(ExplainCommand.Subject(operand) == subject)
    }
}
