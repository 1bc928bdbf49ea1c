import KubeModel
import Testing

@testable import Providers

@Suite struct DependentCopyTests {
    private static let secret: JSON = [
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "immutable": true,
        "data": ["tls.crt": "YQ==", "tls.key": "Yg=="],
        "metadata": [
            "name": "keys", "namespace": "shop", "uid": "s1", "resourceVersion": "7",
            "labels": ["app": "web", "martlet.dev/origin": "someone", "martlet.dev/used-by-x": "true"],
            "annotations": [
                "team": "blue", "kubectl.kubernetes.io/last-applied-configuration": "{}", "martlet.dev/source": "a/b",
            ],
            "ownerReferences": [["kind": "Certificate", "name": "keys"]], "finalizers": ["example.com/hold"],
        ],
    ]

    @Test func `A copy has its source's content and says whose it is`() {
        let key = DependentKey(.secret, ObjectKey(namespace: "remote-shop", name: "keys"))
        let copy = DependentCopy.render(Self.secret, as: key, originID: "origin-1", users: ["me"])
        let expected: JSON = [
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "immutable": true,
            "data": ["tls.crt": "YQ==", "tls.key": "Yg=="],
            "metadata": [
                "name": "keys", "namespace": "remote-shop",
                "labels": [
                    "app": "web", "martlet.dev/origin": "origin-1", "martlet.dev/copy": "true",
                    "martlet.dev/used-by-me": "true",
                ],
                "annotations": [
                    "team": "blue", "martlet.dev/source": "shop/keys", "martlet.dev/source-uid": "s1",
                    "martlet.dev/source-version": "7",
                ],
            ],
        ]
        #expect(copy == expected)
        #expect(DependentCopy.unfinished(copy).at("metadata", "annotations", "martlet.dev/source-version") == nil)
    }

    private func object(_ managers: [JSON], annotations: JSON = [:]) -> JSON {
        [
            "metadata": [
                "name": "keys", "uid": "c1", "resourceVersion": "9", "managedFields": .array(managers),
                "annotations": annotations,
            ]
        ]
    }

    @Test func `What the creation set is handed over wherever it stands among what others set`() {
        let ours: JSON = ["manager": "martlet", "operation": "Update"]
        let other: JSON = ["manager": "scanner", "operation": "Update"]
        let applied: JSON = ["manager": "martlet", "operation": "Apply"]
        let status: JSON = ["manager": "martlet", "operation": "Update", "subresource": "status"]
        #expect(DependentCopy.creationEntry(of: object([applied, status, other, ours])) == 3)
        #expect(DependentCopy.creationEntry(of: object([other, applied])) == nil)
        func paths(_ resourceVersion: String?) -> [String] {
            DependentCopy.handover(of: "c1", index: 3, version: "7", resourceVersion: resourceVersion).array?
                .compactMap { $0["path"]?.string } ?? []
        }
        #expect(paths(nil).contains("/metadata/managedFields/3/operation"))
        #expect(!paths(nil).contains("/metadata/resourceVersion"))
        #expect(paths("9").contains("/metadata/resourceVersion"))
    }

    @Test func `A copy without its labels is known by its source and by whose fields it has`() {
        let source = ObjectMeta(["metadata": ["name": "keys", "namespace": "shop", "uid": "s1"]])
        let annotations: JSON = ["martlet.dev/source": "shop/keys", "martlet.dev/source-uid": "s1"]
        let applied: JSON = ["manager": "martlet", "operation": "Apply"]
        #expect(DependentCopy.isUnmarkedCopy(object([applied], annotations: annotations), of: source))
        let updated: JSON = ["manager": "martlet", "operation": "Update"]
        #expect(!DependentCopy.isUnmarkedCopy(object([updated], annotations: annotations), of: source))
        #expect(!DependentCopy.isUnmarkedCopy(object([applied]), of: source))
        let again = ObjectMeta(["metadata": ["name": "keys", "namespace": "shop", "uid": "s2"]])
        #expect(!DependentCopy.isUnmarkedCopy(object([applied], annotations: annotations), of: again))
    }

    @Test func `What is cached of a copy tells its source and users, and nothing of its content`() throws {
        let key = DependentKey(.secret, ObjectKey(namespace: "shop", name: "keys"))
        let copy = DependentCopy.render(Self.secret, as: key, originID: "origin-1", users: ["me", "you"])
        let header = try CopyHeader(json: copy)
        #expect(header.source == ObjectKey(namespace: "shop", name: "keys"))
        #expect(header.users == ["me", "you"])
        #expect(header.isImmutable)
        #expect(CopyHeader.isCopy(ObjectMeta(copy), originID: "origin-1"))
        #expect(!CopyHeader.isCopy(ObjectMeta(copy), originID: "origin-2"))
        #expect(!CopyHeader.isCopy(ObjectMeta(Self.secret), originID: "someone"))
        #expect(throws: ObjectError.self) { try CopyHeader(json: ["metadata": ["name": "x"]]) }
    }

    @Test func `Only the origin's CA bundle goes by another name, wherever a pod refers to it`() {
        let names = DependentNames(originID: "origin-1")
        let bundle: JSON = ["name": "kube-root-ca.crt", "key": "ca.crt"]
        var spec: JSON = [
            "initContainers": [["env": [["name": "CA", "valueFrom": ["configMapKeyRef": bundle]], ["name": "A"]]]],
            "containers": [
                [
                    "envFrom": [
                        ["configMapRef": ["name": "kube-root-ca.crt"]], ["secretRef": ["name": "kube-root-ca.crt"]],
                    ]
                ]
            ],
            "volumes": [
                ["configMap": ["name": "kube-root-ca.crt"]], ["configMap": ["name": "settings"]],
                ["projected": ["sources": [["configMap": ["name": "kube-root-ca.crt"]], ["secret": ["name": "s"]]]]],
            ],
        ]
        names.rewrite(&spec)
        let copy = names.rootCertificatesCopy
        #expect(
            Set(PodReference.all(in: spec)) == [
                PodReference(.configMap, copy, isOptional: false),
                PodReference(.secret, "kube-root-ca.crt", isOptional: false),
                PodReference(.configMap, "settings", isOptional: false),
                PodReference(.secret, "s", isOptional: false),
            ]
        )
        let ofRemote: JSON = [
            "volumes": [
                [
                    "projected": [
                        "sources": [
                            ["serviceAccountToken": ["path": "token"]], ["configMap": ["name": "kube-root-ca.crt"]],
                        ]
                    ]
                ]
            ]
        ]
        var untouched = ofRemote
        names.rewrite(&untouched)
        #expect(untouched == ofRemote, "beside a token of the remote belongs the bundle of the remote")
        #expect(names.copyName(.configMap, "kube-root-ca.crt") == copy)
        #expect(names.copyName(.configMap, "settings") == "settings")
        #expect(copy != DependentNames(originID: "origin-2").rootCertificatesCopy)
    }
}

@Suite struct DependentUsersTests {
    private let settings = DependentKey(.configMap, ObjectKey(namespace: "shop", name: "settings"))

    private func use(_ source: DependentKey? = nil, isOptional: Bool = false) -> DependentUse {
        DependentUse(copy: settings, source: source, isOptional: isOptional)
    }

    @Test func `An object is used until its last user went, pod or delegate`() {
        var users = DependentUsers()
        #expect(users.set([use(settings)], of: .pod("a")) == [settings])
        #expect(users.set([use(settings)], of: .pod("a")).isEmpty, "no news")
        _ = users.set([use(settings)], of: .pod("b"))
        _ = users.set([use()], of: .delegate("d"))
        #expect(users.pods(of: settings) == ["a", "b"])
        _ = users.set([], of: .pod("a"))
        _ = users.set([], of: .pod("b"))
        #expect(users.isUsed(settings), "the delegate still runs")
        #expect(users.source(of: settings, preferring: nil) == nil)
        #expect(users.set([], of: .delegate("d")) == [settings])
        #expect(!users.isUsed(settings))
        #expect(users.keys.isEmpty)
    }

    @Test func `Of two sources for one place the present one stays`() {
        var users = DependentUsers()
        let other = DependentKey(.configMap, ObjectKey(namespace: "annex", name: "settings"))
        _ = users.set([use(settings, isOptional: true)], of: .pod("a"))
        _ = users.set([use(other)], of: .pod("b"))
        #expect(users.source(of: settings, preferring: nil) == other.place)
        #expect(users.source(of: settings, preferring: settings.place) == settings.place)
        #expect(users.hasOptionalUse(of: settings))
        _ = users.set([], of: .pod("a"))
        #expect(users.source(of: settings, preferring: settings.place) == other.place)
        #expect(!users.hasOptionalUse(of: settings))
    }
}
