import KubeModel

/// The Secret of a remote with the tokens of one delegate, as martlet remembers it: all but what is in it.
///
/// It names the delegate as its owner, so that the remote's garbage collector takes it away with the delegate, whatever
/// becomes of martlet.
struct TokenSecret: KubeObject {
    static let kind: String? = "Secret"

    let metadata: ObjectMeta
    let podUID: UID
    /// The UID of the delegate.
    let owner: UID?
    /// When its tokens are to be renewed: time since 1970; nil where it does not say.
    let refreshAt: Duration?

    /// Tells these Secrets from others of ours.
    static let label = (name: "martlet.dev/holds", value: "tokens")
    static let refreshAnnotation = "martlet.dev/refresh-at"

    private static let namePrefix = "martlet-token-"

    /// A name of its own for each delegate: the garbage collector may still have to do with that of an earlier one.
    static func newName() -> String { namePrefix + String(UInt64.random(in: 1 << 60 ... .max), radix: 16) }

    /// Whether it is a name of ours.
    static func isName(_ name: String) -> Bool {
        name.hasPrefix(namePrefix) && name.utf8.count <= 63
            && name.dropFirst(namePrefix.count).allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    init(json: JSON) throws {
        let full = ObjectMeta(json)
        guard let podUID = full.labels[DelegateIdentity.podUIDLabel] else {
            throw ObjectError("Secret \(full.key) carries no label \(DelegateIdentity.podUIDLabel)")
        }
        self.podUID = podUID
        owner = full.ownerReferences.first { $0.kind == "Pod" }?.uid
        refreshAt = full.annotations[Self.refreshAnnotation].flatMap { Timestamp.parse($0) }.map { .seconds($0) }
        metadata = ObjectMeta([
            "name": .string(full.name), "namespace": .string(full.namespace), "uid": .string(full.uid),
            "resourceVersion": .string(full.resourceVersion),
        ])
    }

    /// Selects the Secrets of these virtual nodes.
    static func selector(_ owners: DelegateOwners) -> String {
        "\(owners.labelSelector),\(label.name)=\(label.value)"
    }

    /// The object to create for a delegate.
    static func object(
        _ tokens: IssuedTokens,
        name: String,
        for instance: PodInstance,
        identity: DelegateIdentity
    ) -> JSON {
        var labels = identity.labels(podUID: instance.podUID)
        labels[label.name] = label.value
        return [
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": [
                "name": .string(name),
                "namespace": .string(instance.instanceKey.namespace),
                "labels": JSON(labels),
                "annotations": JSON(annotations(tokens, for: instance)),
                "ownerReferences": [
                    [
                        "apiVersion": "v1", "kind": "Pod", "name": .string(instance.instanceKey.name),
                        "uid": .string(instance.instanceUID),
                    ]
                ],
            ],
            "stringData": content(tokens),
        ]
    }

    /// A merge patch that brings new tokens to exactly this Secret.
    func patch(_ tokens: IssuedTokens, for instance: PodInstance) -> JSON {
        [
            "metadata": [
                "uid": .string(metadata.uid), "annotations": JSON(Self.annotations(tokens, for: instance)),
            ],
            "stringData": Self.content(tokens),
        ]
    }

    private static func annotations(_ tokens: IssuedTokens, for instance: PodInstance) -> [String: String] {
        [
            DelegateIdentity.podAnnotation: instance.podKey.description,
            refreshAnnotation: Timestamp.format(tokens.refreshAt / .seconds(1)),
        ]
    }

    private static func content(_ tokens: IssuedTokens) -> JSON {
        var content: JSON = [
            TokenOrder.authorityKey: .string(tokens.authority), TokenOrder.namespaceKey: .string(tokens.namespace),
        ]
        for (index, token) in tokens.tokens.enumerated() { content[TokenOrder.key(index)] = .string(token) }
        return content
    }
}
