import KubeModel
import Observability

extension Reflector {
    /// How many objects a page has. Only for lists of the newest state, which come from etcd: others come from the
    /// server's memory, which has no pages.
    static var pageSize: Int { 500 }

    /// Lists and gives the result to the store.
    func list(resourceVersion: String) async throws -> ReflectorPlan.Outcome {
        do {
            let (items, version) = try await allItems(resourceVersion: resourceVersion)
            store.replace(decode(items), resourceVersion: version)
            return .listed(resourceVersion: version)
        } catch let error as APIError {
            return .listFailed(error)
        }
    }

    /// Asks for one object at this version or later; a server that has not come as far says so. With a limit the answer
    /// comes from etcd, and without selectors it costs one read.
    func resume(from version: String) async throws -> ReflectorPlan.Outcome {
        do {
            _ = try await client.list(
                resource,
                namespace: namespace,
                resourceVersion: version,
                // With a limit it would be exactly this version, which may be compacted.
                resourceVersionMatch: "NotOlderThan",
                limit: 1
            )
            return .resumed(resourceVersion: version)
        } catch let error as APIError {
            return .listFailed(error)
        }
    }

    private func allItems(resourceVersion: String) async throws -> (items: [JSON], version: String) {
        guard resourceVersion.isEmpty else {
            let list = try await page(resourceVersion: resourceVersion)
            return try (Self.items(list), version(of: list))
        }
        do {
            return try await pagedItems()
        } catch let error as ContinueExpired {
            // The pages outlived etcd's history: all at once, then (client-go `tools/pager`).
            logger.debug("Pages expired, listing at once", ["error": "\(error.cause)"])
            let list = try await page(resourceVersion: "")
            return try (Self.items(list), version(of: list))
        }
    }

    private func pagedItems() async throws -> (items: [JSON], version: String) {
        var list = try await page(resourceVersion: "", limit: Self.pageSize)
        let version = try version(of: list)
        var items = Self.items(list)
        while let token = list.at("metadata", "continue")?.string, !token.isEmpty {
            do {
                list = try await page(limit: Self.pageSize, continue: token)
            } catch let error as APIError where error.isExpired {
                throw ContinueExpired(cause: error)
            }
            items += Self.items(list)
        }
        return (items, version)
    }

    private func page(
        resourceVersion: String? = nil,
        limit: Int? = nil,
        continue token: String? = nil
    ) async throws -> JSON {
        try await client.list(
            resource,
            namespace: namespace,
            labelSelector: labelSelector,
            fieldSelector: fieldSelector,
            resourceVersion: resourceVersion,
            limit: limit,
            continue: token
        )
    }

    private static func items(_ list: JSON) -> [JSON] { list["items"]?.array ?? [] }

    /// Every list has a version; an answer without one is not from an API server, and a watch without one would tell
    /// everything again.
    private func version(of list: JSON) throws(APIError) -> String {
        guard let version = list.at("metadata", "resourceVersion")?.string, !version.isEmpty else {
            throw APIError(.decoding, message: "the list of \(resource.plural) has no resourceVersion")
        }
        return version
    }

    private func decode(_ items: [JSON]) -> [Object] { items.compactMap(decode) }

    /// An object that is not one is left out: it must not keep the others from being seen.
    func decode(_ item: JSON) -> Object? {
        do {
            return try Object(json: resource.typed(item))
        } catch {
            counters.undecodable.increment()
            guard undecodable.admit(now: elapsed()) else { return nil }
            let key = ObjectMeta(item).key
            logger.warning("Object can't be read", ["object": "\(key)", "error": "\(error)"])
            return nil
        }
    }
}

/// The next page of a list is no longer to be had.
private struct ContinueExpired: Error {
    let cause: APIError
}
