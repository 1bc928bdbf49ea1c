import KubeModel

/// One call to an API server, before credentials and budget: what is asked, and what it is counted as.
struct APICall: Sendable {
    /// What RBAC calls the action; a label of the metrics.
    enum Verb: String, Sendable {
        case get, list, watch, create, update, patch, delete, raw

        var method: String {
            switch self {
            case .get, .list, .watch, .raw: "GET"
            case .create: "POST"
            case .update: "PUT"
            case .patch: "PATCH"
            case .delete: "DELETE"
            }
        }

        /// The most bytes of an answer. Objects have a bound in etcd (1.5 MiB); collections, pages and what is passed on as
        /// it is may be a lot more.
        var longestAnswer: Int {
            switch self {
            case .list, .raw, .watch: 256 << 20
            case .get, .create, .update, .patch, .delete: 16 << 20
            }
        }
    }

    let verb: Verb
    var method: String
    /// The plural with the subresource, or what it is if it is none; a label of the metrics.
    let resource: String
    let path: String
    var query: [(name: String, value: String)] = []
    var body: [UInt8]?
    var contentType = "application/json"
    var timeout: Duration?
    /// The longest answer, in bytes.
    var maxBodyBytes: Int

    init(_ verb: Verb, resource: String, path: String) {
        self.verb = verb
        self.method = verb.method
        self.resource = resource
        self.path = path
        maxBodyBytes = verb.longestAnswer
    }

    /// The call on a collection.
    init(_ verb: Verb, _ resource: Resource, namespace: String?) throws(APIError) {
        if verb == .create { try Self.checkNamespace(resource, namespace) }
        self.init(verb, resource: resource.plural, path: resource.path(namespace: namespace))
    }

    /// The call on one object. An empty name would make it a call on the collection, and a missing namespace one on
    /// nothing, whose 404 would read as proof of absence: both are refused here.
    init(
        _ verb: Verb,
        _ resource: Resource,
        namespace: String?,
        name: String,
        subresource: String?
    ) throws(APIError) {
        guard !name.isEmpty else {
            throw APIError(.badRequest, message: "\(verb.rawValue) of \(resource.plural) needs a name")
        }
        try Self.checkNamespace(resource, namespace)
        self.init(
            verb,
            resource: subresource.map { "\(resource.plural)/\($0)" } ?? resource.plural,
            path: resource.path(namespace: namespace, name: name, subresource: subresource)
        )
    }

    private static func checkNamespace(_ resource: Resource, _ namespace: String?) throws(APIError) {
        guard !resource.namespaced || namespace?.isEmpty == false else {
            throw APIError(.badRequest, message: "\(resource.plural) need a namespace")
        }
    }

    mutating func ask(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        query.append((name, value))
    }

    /// The same with these members of the query, but for those that say nothing.
    func asking(_ members: KeyValuePairs<String, String?>) -> APICall {
        var call = self
        for (name, value) in members { call.ask(name, value) }
        return call
    }

    func with(
        body json: JSON,
        contentType: String = "application/json",
        query: [(name: String, value: String)] = []
    ) -> APICall {
        var call = self
        call.query += query
        call.body = json.serialized()
        call.contentType = contentType
        return call
    }

    var target: String { path + PercentEncoding.query(query) }
}
