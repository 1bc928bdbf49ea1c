package import KubeModel
package import Transport

extension APIClient {
    /// Reads one object, live.
    ///
    /// - Parameter withManagers: whether the answer says which fields are whose (`metadata.managedFields`).
    package func get(
        _ resource: Resource,
        namespace: String? = nil,
        name: String,
        subresource: String? = nil,
        withManagers: Bool = false
    ) async throws -> JSON {
        let call = try APICall(.get, resource, namespace: namespace, name: name, subresource: subresource)
        return try Self.object(in: try await response(call), options: withManagers ? [] : .dropManagedFields)
    }

    /// Reads one object, live; nil if there is none of that name.
    package func find(_ resource: Resource, namespace: String? = nil, name: String) async throws -> JSON? {
        do {
            return try await get(resource, namespace: namespace, name: name)
        } catch let error as APIError where error.code == .notFound {
            return nil
        }
    }

    /// What tells the cluster from every other: the UID of the namespace kube-system, which lives as long as it.
    package func clusterID() async throws -> UID {
        ObjectMeta(try await get(.namespaces, name: "kube-system")).uid
    }

    /// Reads a collection: the List object, with `items` and `metadata`.
    ///
    /// - Parameters:
    ///   - namespace: nil for all.
    ///   - resourceVersion: nil or empty for the newest state; "0" for any that the server has at hand; else one not
    ///     older than this.
    ///   - resourceVersionMatch: how the version is meant; servers before 1.19 do not know it.
    ///   - limit: the size of a page; the answer's `metadata.continue` fetches the next one.
    package func list(
        _ resource: Resource,
        namespace: String? = nil,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        resourceVersion: String? = nil,
        resourceVersionMatch: String? = nil,
        limit: Int? = nil,
        continue token: String? = nil
    ) async throws -> JSON {
        var call = try APICall(.list, resource, namespace: namespace)
        call.ask("labelSelector", labelSelector)
        call.ask("fieldSelector", fieldSelector)
        call.ask("resourceVersion", resourceVersion)
        call.ask("resourceVersionMatch", resourceVersionMatch)
        call.ask("limit", limit.map(String.init))
        call.ask("continue", token)
        return try await object(call)
    }

    /// Makes an object, or with `name` and `subresource` asks something of one (`eviction`, `binding`, `token`).
    ///
    /// - Parameters:
    ///   - fieldManager: whose the fields are; nil for the program's name.
    ///   - isDryRun: whether the server only says what it would make of it, admission included.
    package func create(
        _ resource: Resource,
        namespace: String? = nil,
        object body: JSON,
        subresource: String? = nil,
        name: String? = nil,
        fieldManager: String? = nil,
        isDryRun: Bool = false
    ) async throws -> JSON {
        let call =
            if let name {
                try APICall(.create, resource, namespace: namespace, name: name, subresource: subresource)
            } else {
                try APICall(.create, resource, namespace: namespace)
            }
        let asked = call.asking(["fieldManager": fieldManager, "dryRun": isDryRun ? "All" : nil])
        return try await object(asked.with(body: body))
    }

    /// Changes some fields of an object; the answer is the whole object.
    package func patch(
        _ resource: Resource,
        namespace: String? = nil,
        name: String,
        subresource: String? = nil,
        type: PatchType,
        body: JSON
    ) async throws -> JSON {
        let call = try APICall(.patch, resource, namespace: namespace, name: name, subresource: subresource)
        return try await object(call.with(body: body, contentType: type.contentType, query: type.query))
    }

    /// Replaces an object; its `metadata.resourceVersion`, if there is one, must be the one that stands.
    package func update(
        _ resource: Resource,
        namespace: String? = nil,
        name: String,
        subresource: String? = nil,
        object body: JSON
    ) async throws -> JSON {
        let call = try APICall(.update, resource, namespace: namespace, name: name, subresource: subresource)
        return try await object(call.with(body: body))
    }

    /// Asks for an object to go: the answer is the object if it still has something to wait for, or a Status.
    package func delete(
        _ resource: Resource,
        namespace: String? = nil,
        name: String,
        options: DeleteOptions = DeleteOptions()
    ) async throws -> JSON {
        let call = try APICall(.delete, resource, namespace: namespace, name: name, subresource: nil)
        return try await object(call.with(body: options.json))
    }

    /// Any call on a path of the server's. The answer is returned whatever its status is.
    ///
    /// - Parameter maxBodyBytes: the longest answer; the kind of call decides without it.
    package func raw(
        _ method: String = "GET",
        path: String,
        query: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        contentType: String = "application/json",
        timeout: Duration? = nil,
        maxBodyBytes: Int? = nil
    ) async throws -> HTTPResponse {
        var call = rawCall(method, path, query)
        if let maxBodyBytes { call.maxBodyBytes = maxBodyBytes }
        call.body = body
        call.contentType = contentType
        call.timeout = timeout
        return try await response(call)
    }

    /// Like `raw`, for answers that come over time, such as a container's log. No time limit.
    package func rawStream(
        _ method: String = "GET",
        path: String,
        query: [(name: String, value: String)] = []
    ) async throws -> HTTPStream {
        try await stream(rawCall(method, path, query))
    }

    /// Reads a page of a node's kubelet endpoint by way of the server, which takes the right to `nodes/proxy`.
    ///
    /// - Parameter page: the path there, without a slash before it.
    /// - Throws: `APIError` with the server's words, or those of the node, which are plain text.
    package func nodePage(_ page: String, of node: String, timeout: Duration? = nil) async throws -> JSON {
        try Self.object(in: try await nodeAnswer(page, of: node, timeout: timeout), options: [])
    }

    /// The same of a page that is plain text.
    package func nodeText(_ page: String, of node: String, timeout: Duration? = nil) async throws -> String {
        let answer = try await nodeAnswer(page, of: node, timeout: timeout)
        guard answer.status < 400 else {
            throw APIError(status: answer.status, headers: answer.headers, body: answer.body)
        }
        return String(decoding: answer.body, as: UTF8.self)
    }

    private func nodeAnswer(_ page: String, of node: String, timeout: Duration?) async throws -> HTTPResponse {
        let path = Resource.nodes.path(name: node, subresource: "proxy/\(page)")
        let answer = try await raw(path: path, timeout: timeout)
        guard answer.status >= 400, APIStatus(answer.body) == nil, !answer.body.isEmpty else { return answer }
        let text = String(decoding: answer.body.prefix(1000), as: UTF8.self)
        throw APIError(
            APIError.Code(httpStatus: answer.status),
            status: answer.status,
            message: text.split(separator: "\n").joined(separator: " ")
        )
    }

    /// What the server says of itself; the cheapest call that shows that it is there.
    package func version() async throws -> ServerVersion {
        let response = try await response(APICall(.get, resource: "version", path: "/version"))
        return ServerVersion(
            json: try Self.object(in: response),
            answeredIn: response.traffic.wait,
            date: response.headers.first("Date").flatMap(HTTPDate.parse)
        )
    }

    /// The first of several forms of a resource that this server has; nil if it has none of them.
    package func firstServed(of candidates: [Resource]) async throws -> Resource? {
        for candidate in candidates where try await serves(candidate) {
            return candidate
        }
        return nil
    }

    /// Asks discovery for a resource.
    package func serves(_ resource: Resource) async throws -> Bool {
        try await served(besides: resource)[resource.plural] != nil
    }

    /// Asks discovery what the server has in a resource's group and version: kinds by name, subresources
    /// (`pods/resize`) included. Empty where it has not even the group.
    package func served(besides resource: Resource) async throws -> [String: String] {
        Dictionary(
            try await discovered(besides: resource).map { ($0["name"]?.string ?? "", $0["kind"]?.string ?? "") },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The same as discovery says it (`metav1.APIResource`): subresources may speak objects of other groups.
    package func discovered(besides resource: Resource) async throws -> [JSON] {
        do {
            let group = try await object(APICall(.get, resource: "discovery", path: resource.groupPath))
            return group["resources"]?.array ?? []
        } catch let error as APIError where error.code == .notFound || error.code == .noSuchPath {
            return []
        }
    }

    private func rawCall(_ method: String, _ path: String, _ query: [(name: String, value: String)]) -> APICall {
        var call = APICall(.raw, resource: "raw", path: path)
        call.method = method
        call.query = query
        return call
    }
}
