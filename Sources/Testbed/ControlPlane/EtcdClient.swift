import KubeModel
import Transport

/// Calls to etcd through its JSON gateway, which every release since 3.4 offers under /v3.
struct EtcdClient: Sendable {
    let http: any HTTPClient
    let store: EtcdStore

    /// The number of the latest change. The gateway writes 64-bit numbers as text.
    func currentRevision() async throws -> String {
        // Any key will do: every answer says how far the store is. "AA==" is one zero byte.
        let answer = try await call("/v3/kv/range", ["key": "AA=="])
        guard let revision = answer.at("header", "revision")?.string else {
            throw TestbedError(.answer, "etcd at \(store.url) does not say its revision: \(answer.text)")
        }
        return revision
    }

    /// Forgets what was before a change, and waits until that is done on disk too.
    func compact(to revision: String) async throws {
        _ = try await call("/v3/kv/compaction", ["revision": .string(revision), "physical": true])
    }

    private func call(_ path: String, _ body: JSON) async throws -> JSON {
        let request = HTTPRequest(
            method: "POST",
            url: store.url + path,
            headers: [(name: "Content-Type", value: "application/json")],
            body: body.serialized(),
            timeout: .seconds(30),
            connectTimeout: .seconds(5)
        )
        let response = try await http.send(request, over: ConnectionOptions(tls: TLSOptions()))
        guard response.status == 200 else {
            let answer = String(decoding: response.body.prefix(500), as: UTF8.self)
            throw TestbedError(.answer, "etcd answered \(path) with \(response.status): \(answer)")
        }
        return try JSON.parse(response.body)
    }
}
