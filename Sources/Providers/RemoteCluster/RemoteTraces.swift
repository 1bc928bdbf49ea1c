package import KubeClient
package import KubeModel

/// What the virtual nodes of a cluster have left in it, found by its marks and by nothing else: for its end, when nobody
/// serves the remote any more.
package struct RemoteTraces: Sendable {
    private let client: APIClient
    private let owners: DelegateOwners

    package init(of owners: DelegateOwners, by client: APIClient) {
        self.owners = owners
        self.client = client
    }

    /// The delegates that are there, those that are ending included: the UIDs of their pods.
    package func delegates() async throws -> [UID] {
        try await list(.pods, owners.labelSelector).map { $0.labels[DelegateIdentity.podUIDLabel] ?? "" }
    }

    /// The claims behind those of the origin.
    package func claims() async throws -> [ObjectKey] {
        try await list(.persistentVolumeClaims, RemoteClaim.selector(owners)).map(\.key)
    }

    /// What a person may type in the remote to the same end as ``sweep(withClaims:)``; the last line takes data away.
    package static func commands(of owners: DelegateOwners) -> [String] {
        let copies = owners.identities.map { ("configmaps,secrets", copySelector(of: $0)) }
        let all: [(String, String)] =
            [("pods", owners.labelSelector), ("secrets", TokenSecret.selector(owners))] + copies
            + [("persistentvolumeclaims", RemoteClaim.selector(owners))]
        return all.map { kinds, selector in "kubectl delete \(kinds) --all-namespaces --selector '\(selector)'" }
    }

    /// Selects the copies that a virtual node uses, maybe with others.
    private static func copySelector(of identity: DelegateIdentity) -> String {
        "\(DependentCopy.labelSelector(originID: identity.originID)),\(DependentCopy.userLabel(identity.owner))"
    }

    /// Asks for the end of what is there now. To be called again until it finds nothing: what ends takes its time, and
    /// what somebody else changes meanwhile is looked at anew.
    ///
    /// - Parameter withClaims: whether the claims go too, and what is in them.
    /// - Returns: how many objects were there.
    /// - Throws: `APIError`, `CancellationError`.
    package func sweep(withClaims: Bool) async throws -> Int {
        var count = try await delete(.pods, owners.labelSelector)
        count += try await delete(.secrets, TokenSecret.selector(owners))
        for identity in owners.identities {
            for kind in [Resource.configMaps, .secrets] { count += try await releaseCopies(kind, of: identity) }
        }
        if withClaims { count += try await delete(.persistentVolumeClaims, RemoteClaim.selector(owners)) }
        return count
    }

    private func list(_ resource: Resource, _ selector: String) async throws -> [ObjectMeta] {
        let list = try await client.list(resource, labelSelector: selector)
        return (list["items"]?.array ?? []).map { ObjectMeta($0) }
    }

    private func delete(_ resource: Resource, _ selector: String) async throws -> Int {
        let found = try await list(resource, selector)
        for object in found where object.deletionTimestamp == nil { try await delete(resource, object) }
        return found.count
    }

    private func delete(_ resource: Resource, _ object: ObjectMeta, isOnlyThisVersion: Bool = false) async throws {
        var options = DeleteOptions(uid: object.uid)
        if isOnlyThisVersion { options.resourceVersion = object.resourceVersion }
        try await Self.toleratingChange {
            _ = try await client.delete(resource, namespace: object.namespace, name: object.name, options: options)
        }
    }

    /// A copy that other virtual nodes use as well stays, without the mark of this one.
    private func releaseCopies(_ resource: Resource, of identity: DelegateIdentity) async throws -> Int {
        let mark = DependentCopy.userLabel(identity.owner)
        let found = try await list(resource, Self.copySelector(of: identity))
        for copy in found where copy.deletionTimestamp == nil {
            let others = copy.labels.keys.contains { $0.hasPrefix(DependentCopy.userLabelPrefix) && $0 != mark }
            guard others else {
                try await delete(resource, copy, isOnlyThisVersion: true)
                continue
            }
            let patch: JSON = [
                "metadata": [
                    "uid": .string(copy.uid), "resourceVersion": .string(copy.resourceVersion),
                    "labels": .object([mark: .null]),
                ]
            ]
            try await Self.toleratingChange {
                _ = try await client.patch(
                    resource,
                    namespace: copy.namespace,
                    name: copy.name,
                    type: .merge,
                    body: patch
                )
            }
        }
        return found.count
    }

    /// What went or changed since it was looked at is for the next look.
    private static func toleratingChange(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as APIError where error.disposition == .conflict || error.disposition == .gone {
            return
        }
    }
}
