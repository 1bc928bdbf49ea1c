import KubeModel
import Transport

extension ControlPlane {
    /// Waits until so many nodes are ready.
    ///
    /// - Throws: `TestbedError` `.deadline`; `CancellationError`.
    package func waitForNodes(_ count: Int, bound: Duration = .seconds(180)) async throws {
        let answer = try await Patience(bound: bound, pause: .milliseconds(200)).value { () -> Bool? in
            await admin.countOfReadyNodes() >= count ? true : nil
        }
        guard answer != nil else {
            let ready = await admin.countOfReadyNodes()
            throw TestbedError(.deadline, "'\(name)' has \(ready) ready nodes of \(count) after \(bound)")
        }
    }
}

extension AdminClient {
    /// How many nodes have the condition Ready; none if the server does not answer.
    fileprivate func countOfReadyNodes() async -> Int {
        let request = HTTPRequest(
            method: "GET",
            url: "\(server)/api/v1/nodes",
            timeout: .seconds(10),
            connectTimeout: .seconds(5)
        )
        // No answer, or another one, means "not yet".
        guard let response = try? await http.send(request, over: ConnectionOptions(tls: tls)),
            response.status == 200, let list = try? JSON.parse(response.body)
        else { return 0 }
        return list["items"]?.array?.count { node in
            let conditions = node.at("status", "conditions")?.array ?? []
            return conditions.contains { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
        } ?? 0
    }
}
