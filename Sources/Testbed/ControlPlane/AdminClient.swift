import KubeModel
import Transport

/// Calls of the testbed itself to an API server, as its administrator.
struct AdminClient: Sendable {
    let http: any HTTPClient
    let server: String
    let tls: TLSOptions

    /// Creates an object by POST.
    ///
    /// - Returns: the object as the server has it; nil if it exists already.
    /// - Throws: `TestbedError` `.answer` for any other answer than success; `CancellationError`.
    func create(_ object: JSON, at path: String) async throws -> JSON? {
        let response = try await http.send(
            HTTPRequest(
                method: "POST",
                url: server + path,
                headers: [(name: "Content-Type", value: "application/json")],
                body: object.serialized(),
                timeout: .seconds(10),
                connectTimeout: .seconds(5)
            ),
            over: ConnectionOptions(tls: tls)
        )
        switch response.status {
        case 200..<300: return try JSON.parse(response.body)
        case 409: return nil
        default:
            let answer = String(decoding: response.body.prefix(500), as: UTF8.self)
            throw TestbedError(.answer, "POST \(path) was answered with \(response.status): \(answer)")
        }
    }

    /// Whether a pod could be created in the namespace "default" now. That takes the whole control plane: the service
    /// account and, up to Kubernetes 1.23, its token have been made, the admission plugins have their caches.
    func canCreatePods() async -> Bool {
        let pod: JSON = [
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": ["name": "testbed-probe"],
            "spec": ["containers": [["name": "probe", "image": "probe"]]],
        ]
        // A refusal is what is waited for to end.
        return (try? await create(pod, at: "/api/v1/namespaces/default/pods?dryRun=All")) != nil
    }
}
