import KubeModel
import Providers
import Testing

@testable import martlet

/// `clusters[].pods`.
@Suite struct PodConfigurationTests {
    private static func file(_ lines: String) throws(ConfigurationProblems) -> ConfigurationFile {
        let indented = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
        return try ConfigurationFile(
            parsing: "clusters:\n- name: a\n  context: c\n  pods:\n\(indented)",
            file: "m.yaml"
        )
    }

    @Test func `Everything is read`() throws {
        let text = """
            namespace: "{namespace}-{origin}"
            scheduling: keep
            nodeSelector: {pool: delegates}
            tolerations:
            - {key: pool, operator: Equal, value: "yes", effect: NoExecute, tolerationSeconds: 5}
            - {operator: Exists}
            runtimeClassName: gvisor
            priorityClasses: {high: remote-high}
            imageRewrites: {docker.io: mirror.example/hub}
            labels: {team: blue}
            annotations: {note: any text}
            patches:
            - selector: app=web
              patch:
              - {op: replace, path: /spec/containers/0/image, value: x}
              - {op: remove, path: /metadata/labels/y}
            policies: {hostNetwork: allow, hostPath: refuse, daemonSets: run}
            failUnscheduledAfter: 1m30s
            """
        let pods = try #require(try Self.file(text).clusters.first?.pods)
        var expected = TranslationSettings()
        expected.namespace = try NamespaceTemplate("{namespace}-{origin}")
        expected.scheduling = .keep
        expected.nodeSelector = ["pool": "delegates"]
        expected.tolerations = [
            ["key": "pool", "operator": "Equal", "value": "yes", "effect": "NoExecute", "tolerationSeconds": 5],
            ["operator": "Exists"],
        ]
        expected.runtimeClassName = "gvisor"
        expected.priorityClasses = ["high": "remote-high"]
        expected.imageRewrites = ImageRewrites(["docker.io": "mirror.example/hub"])
        expected.labels = ["team": "blue"]
        expected.annotations = ["note": "any text"]
        expected.patches = [
            PodPatch(
                selector: LabelSelector(labels: ["app": "web"]),
                operations: [
                    .replace(JSONPointer(["spec", "containers", "0", "image"]), "x"),
                    .remove(JSONPointer(["metadata", "labels", "y"])),
                ]
            )
        ]
        expected.policies.allowed = [.hostNetwork]
        expected.policies.daemonSets = .run
        expected.failUnscheduledAfter = .seconds(90)
        #expect(pods == expected)
    }

    @Test func `Nothing said is nothing changed`() throws {
        #expect(try Self.file("labels: {}").clusters.first?.pods == TranslationSettings())
    }

    @Test(arguments: [
        ("color: x", "5: P.color: unknown field"),
        ("failUnscheduledAfter: 90", "5: P.failUnscheduledAfter: must be a duration from 1s to 24h such as 1m30s"),
        ("failUnscheduledAfter: 500ms", "5: P.failUnscheduledAfter: must be a duration from 1s to 24h"),
        ("failUnscheduledAfter: {}", "5: P.failUnscheduledAfter: must be a single value"),
        ("namespace: all", "5: P.namespace: must contain {namespace} exactly once"),
        ("scheduling: some", "5: P.scheduling: must be one of drop, keep, not \"some\""),
        ("nodeSelector: {pool: a b}", "5: P.nodeSelector.pool: \"a b\" must be"),
        ("tolerations: {}", "5: P.tolerations: must be a list"),
        ("tolerations:\n- {key: a, operator: Some}", "6: P.tolerations[0]: operator must be Exists or Equal"),
        ("tolerations:\n- {value: a}", "6: P.tolerations[0]: without a key the operator must be Exists"),
        ("tolerations:\n- {key: a, operator: Exists, value: b}", "6: P.tolerations[0]: Exists takes no value"),
        ("tolerations:\n- {key: a, value: 1}", "6: P.tolerations[0]: value must be text"),
        ("tolerations:\n- {key: a, effect: Never}", "6: P.tolerations[0]: effect must be"),
        ("tolerations:\n- {key: a, tolerationSeconds: 5}", "6: P.tolerations[0]: tolerationSeconds goes with"),
        ("tolerations:\n- {keys: a}", "6: P.tolerations[0].keys: unknown field"),
        ("runtimeClassName: A B", "5: P.runtimeClassName: must be the name of an object"),
        ("priorityClasses: {high: ''}", "5: P.priorityClasses.high: must be the name of an object"),
        ("imageRewrites: {library: mirror.example}", "5: P.imageRewrites.library: must begin with a registry"),
        ("imageRewrites: {docker.io: mirror}", "5: P.imageRewrites.docker.io: must lead to a registry"),
        ("imageRewrites: {docker.io/: mirror.example}", "5: P.imageRewrites.docker.io/: must end with '/'"),
        ("labels: {martlet.dev/x: a}", "5: P.labels.martlet.dev/x: begins with martlet.dev/"),
        ("labels: {a: 1}", "5: P.labels.a: must be text; write it in quotes"),
        ("annotations: {a b: x}", "5: P.annotations.a b: \"a b\" must be"),
        ("patches:\n- selector: app=web", "6: P.patches[0].patch: is missing"),
        ("patches:\n- selector: app in web\n  patch: []", "6: P.patches[0].selector: "),
        ("patches:\n- patch:\n  - {op: change, path: /spec}", "7: P.patches[0].patch[0]: op must be one of"),
        ("patches:\n- patch:\n  - {op: remove, path: spec}", "7: P.patches[0].patch[0]: path must name a place"),
        ("patches:\n- patch:\n  - {op: remove, path: /status}", "7: P.patches[0].patch[0]: path must begin with"),
        ("patches:\n- patch:\n  - {op: add, path: /spec/x}", "7: P.patches[0].patch[0]: needs a value"),
        ("patches:\n- patch:\n  - {op: move, path: /spec/x}", "7: P.patches[0].patch[0]: from must name a place"),
        ("patches:\n- patch:\n  - {op: add, key: /spec/x}", "7: P.patches[0].patch[0].key: unknown field"),
        ("policies: {hostNetwork: maybe}", "5: P.policies.hostNetwork: must be one of allow, refuse, not \"maybe\""),
        ("policies: {daemonSets: allow}", "5: P.policies.daemonSets: must be one of ignore, run, reject"),
        ("policies: {hostnetwork: allow}", "5: P.policies.hostnetwork: unknown field; known are hostNetwork"),
    ])
    func `Each mistake is told with its line and field`(lines: String, problem: String) {
        let error = #expect(throws: ConfigurationProblems.self) { try Self.file(lines) }
        let expected = "m.yaml:" + problem.replacing("P.", with: "clusters[0].pods.", maxReplacements: 1)
        #expect(error?.all.first?.description.hasPrefix(expected) == true, "\(error?.description ?? "")")
    }
}
