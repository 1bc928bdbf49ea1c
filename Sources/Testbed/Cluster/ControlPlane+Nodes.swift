import KubeModel
import Transport

extension ControlPlane {
    /// Waits until so many nodes are ready.
    ///
    /// - Throws: `TestbedError` `.deadline`; `CancellationError`.
    package func waitForNodes(_ count: Int, bound: Duration = .seconds(180)) async throws {
        let answer = try await Patience(bound: bound, pause: .milliseconds(200)).value { () -> Bool? in
            await admin.readyNodes().count >= count ? true : nil
        }
        guard answer != nil else {
            let ready = await admin.readyNodes().count
            throw TestbedError(.deadline, "'\(name)' has \(ready) ready nodes of \(count) after \(bound)")
        }
    }
}

extension AdminClient {
    /// The names of the nodes that are ready to run pods; none if the server does not answer.
    func readyNodes() async -> Set<String> {
        let request = HTTPRequest(
            method: "GET",
            url: "\(server)/api/v1/nodes",
            timeout: .seconds(10),
            connectTimeout: .seconds(5)
        )
        // No answer, or another one, means "not yet".
        guard let response = try? await http.send(request, over: ConnectionOptions(tls: tls)),
            response.status == 200, let list = try? JSON.parse(response.body)
        else { return [] }
        let nodes = (list["items"]?.array ?? []).compactMap { try? Node(json: $0) }
        return Set(nodes.filter(\.ready).map(\.name))
    }
}
