import KubeModel
import TestSupport
import Testing

@testable import Providers

@Suite struct AccountTranslationTests {
    private static let server = OriginServer(host: "192.0.2.1", port: 6443)
    private static let path = "/var/run/secrets/kubernetes.io/serviceaccount"

    private func translate(_ spec: JSON, _ delivery: AccountDelivery) -> (spec: JSON, order: TokenOrder?) {
        var result = spec
        var translation = AccountTranslation(delivery)
        translation.apply(to: &result)
        #expect(translation.notices.isEmpty)
        return (result, translation.order)
    }

    private func translate(_ spec: JSON) -> (spec: JSON, order: TokenOrder?) {
        translate(spec, .origin(secret: "s", server: Self.server))
    }

    private static func spec(_ volumes: [JSON], mount: JSON, container: JSON = [:]) -> JSON {
        var main: JSON = ["name": "main", "image": "a", "volumeMounts": [mount]]
        for (key, value) in container.object ?? [:] { main[key] = value }
        return [
            "serviceAccountName": "web", "serviceAccount": "web", "volumes": .array(volumes), "containers": [main],
        ]
    }

    /// As admission adds it since Kubernetes 1.21.
    static let projected = spec(
        [
            [
                "name": "kube-api-access-x2x4p",
                "projected": [
                    "defaultMode": 420,
                    "sources": [
                        ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                        [
                            "configMap": [
                                "name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]],
                            ]
                        ],
                        [
                            "downwardAPI": [
                                "items": [
                                    [
                                        "path": "namespace",
                                        "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
                                    ]
                                ]
                            ]
                        ],
                    ],
                ],
            ]
        ],
        mount: ["name": "kube-api-access-x2x4p", "mountPath": .string(path), "readOnly": true]
    )

    /// As admission adds it up to Kubernetes 1.20.
    static let legacy = spec(
        [["name": "web-token-x2x4p", "secret": ["secretName": "web-token-x2x4p", "defaultMode": 420]]],
        mount: ["name": "web-token-x2x4p", "mountPath": .string(path), "readOnly": true]
    )

    @Test func `The volume that admission adds comes from the pod's Secret in the remote`() {
        let (spec, order) = translate(Self.projected)
        let item = { (key: JSON) -> JSON in ["secret": ["name": "s", "items": [["key": key, "path": key]]]] }
        #expect(
            spec["volumes"] == [
                [
                    "name": "kube-api-access-x2x4p",
                    "projected": ["defaultMode": 420, "sources": [item("token"), item("ca.crt"), item("namespace")]],
                ]
            ]
        )
        #expect(spec["containers"]?[0]?["volumeMounts"] == Self.projected["containers"]?[0]?["volumeMounts"])
        #expect(order == TokenOrder(secret: "s", account: "web", needs: [TokenNeed(expirationSeconds: 3607)]))
        #expect(spec["automountServiceAccountToken"] == false)
        #expect(spec["serviceAccountName"] == nil)
        #expect(spec["serviceAccount"] == nil)
    }

    @Test func `The token Secret of old stays in the origin, and a token that ends with the pod takes its place`() {
        let (spec, order) = translate(Self.legacy)
        let items: JSON = [
            ["key": "token", "path": "token"], ["key": "ca.crt", "path": "ca.crt"],
            ["key": "namespace", "path": "namespace"],
        ]
        #expect(
            spec["volumes"] == [
                ["name": "web-token-x2x4p", "secret": ["secretName": "s", "items": items, "defaultMode": 420]]
            ]
        )
        #expect(order?.needs == [.standard])
    }

    @Test func `In-cluster clients are pointed at the origin, unless the pod says otherwise`() {
        var pod = Self.projected
        pod["containers"] = [
            ["name": "main", "env": [["name": "A", "value": "$(KUBERNETES_SERVICE_HOST)"]]],
            ["name": "side", "env": [["name": "KUBERNETES_SERVICE_HOST", "value": "mine"]]],
            Self.projected["containers"]?[0] ?? [:],
        ]
        pod["initContainers"] = [["name": "init"]]
        let spec = translate(pod).spec
        let port: [JSON] = [
            ["name": "KUBERNETES_SERVICE_PORT", "value": "6443"],
            ["name": "KUBERNETES_SERVICE_PORT_HTTPS", "value": "6443"],
        ]
        let host: JSON = ["name": "KUBERNETES_SERVICE_HOST", "value": "192.0.2.1"]
        let own: JSON = ["name": "A", "value": "$(KUBERNETES_SERVICE_HOST)"]
        #expect(spec["containers"]?[0]?["env"] == .array([host] + port + [own]))
        #expect(
            spec["containers"]?[1]?["env"] == .array(port + [["name": "KUBERNETES_SERVICE_HOST", "value": "mine"]])
        )
        #expect(spec["initContainers"]?[0]?["env"] == .array([host] + port))
    }

    @Test func `Audience and expiry of each projection are kept, and equal ones share a token`() {
        let token = { (path: String, audience: String, seconds: Int64) -> JSON in
            [
                "serviceAccountToken": [
                    "path": .string(path), "audience": .string(audience), "expirationSeconds": .int(seconds),
                ]
            ]
        }
        let map: JSON = ["configMap": ["name": "settings"]]
        let volumes: [JSON] = [
            [
                "name": "a",
                "projected": ["sources": [token("vault", "vault", 600), map, token("api", "", 3600)]],
            ],
            ["name": "b", "projected": ["sources": [token("again", "vault", 600)]]],
        ]
        let (spec, order) = translate(Self.spec(volumes, mount: ["name": "a", "mountPath": "/a"]))
        #expect(
            order?.needs == [
                TokenNeed(audience: "vault", expirationSeconds: 600), TokenNeed(expirationSeconds: 3600),
            ]
        )
        let source = { (key: JSON, path: JSON) -> JSON in
            ["secret": ["name": "s", "items": [["key": key, "path": path]]]]
        }
        #expect(
            spec["volumes"]?[0]?.at("projected", "sources") == [
                source("token", "vault"), map, source("token-1", "api"),
            ]
        )
        #expect(spec["volumes"]?[1]?.at("projected", "sources") == [source("token", "again")])
    }

    @Test func `A pod that asks for no token gets nothing`() {
        let spec: JSON = ["serviceAccountName": "web", "containers": [["name": "main", "image": "a"]]]
        let (result, order) = translate(spec)
        #expect(order == nil)
        #expect(result == ["containers": [["name": "main", "image": "a"]], "automountServiceAccountToken": false])
    }

    @Test(arguments: [projected, legacy])
    func `The remote's own account is named, and its admission mounts its own token`(pod: JSON) {
        let (spec, order) = translate(pod, .remote(account: "web"))
        #expect(order == nil)
        #expect(spec == ["serviceAccountName": "web", "containers": [["name": "main", "image": "a"]]])
    }

    @Test(arguments: [true, false])
    func `With the remote's account the pod's word on the token stands`(word: Bool) {
        var pod = Self.projected
        pod["automountServiceAccountToken"] = .bool(word)
        #expect(translate(pod, .remote(account: "web")).spec["automountServiceAccountToken"] == .bool(word))
    }

    @Test func `A token that the author projects is the remote's own with the remote's account`() {
        let volume: JSON = [
            "name": "id", "projected": ["sources": [["serviceAccountToken": ["path": "t", "audience": "vault"]]]],
        ]
        let pod = Self.spec([volume], mount: ["name": "id", "mountPath": "/id"])
        #expect(translate(pod, .remote(account: "web")).spec["volumes"] == [volume])
    }

    @Test func `What a delegate has follows from its pod`() {
        let spec = Self.projected
        #expect(TokenOrder(spec: spec, secret: "s", server: Self.server) == translate(spec).order)
        #expect(TokenOrder(spec: ["containers": []], secret: "s", server: Self.server) == nil)
    }

    @Test func `Only names of our making are taken for those of token Secrets`() {
        #expect(TokenSecret.isName(TokenSecret.newName()))
        for name in ["", "s", "martlet-token-../x", "martlet-token-x", #"{"secret":"s"}"#] {
            #expect(!TokenSecret.isName(name))
        }
    }

    @Test(
        arguments: [(600, 0, 480), (600, 1, 432), (3607, 0.5, 2741.32), (31_536_000, 0, 86_400)]
            as [(Double, Double, Double)]
    )
    func `A token is renewed at four fifths of its life, once a day at least, and not all at once`(
        life: Double,
        chance: Double,
        delay: Double
    ) {
        let actual = TokenRefresh.delay(life: .seconds(life), chance: chance) / .seconds(1)
        #expect(abs(actual - delay) < 0.01)
    }
}
