internal import FoundationEssentials
internal import Providers
internal import Transport

/// Turns a stream as a kubelet is asked for it into one as an API server is asked for it. Pure.
///
/// The protocol on the stream is passed on as it is, whatever it is; only the question before it is put anew.
enum StreamTranslation {
    /// The kubelet's name of an option, and the API's (core/v1 PodExecOptions, PodAttachOptions).
    private static let terminalNames = [
        "input": "stdin", "output": "stdout", "error": "stderr", "tty": "tty", "command": "command",
    ]

    /// The options of a log that are the reader's (core/v1 PodLogOptions); they have the same names on both sides. Whether
    /// the remote's API server verifies its own kubelets is not the reader's to say.
    private static let logNames: Set<String> = [
        "follow", "previous", "sinceSeconds", "sinceTime", "timestamps", "tailLines", "limitBytes", "stream",
    ]

    /// The log of a container.
    static func log(_ request: HTTPServerRequest, container: String) -> PodStream {
        let items = request.target.query.filter { logNames.contains($0.name) }.map { PodStream.Item($0.name, $0.value) }
        return PodStream(
            .log,
            method: "GET",
            query: [PodStream.Item("container", container)] + items,
            // The end of the log is the end of the connection, on both sides.
            headers: [PodStream.Item("Accept", "*/*"), PodStream.Item("Connection", "close")]
        )
    }

    /// - Parameter container: of exec and attach.
    static func stream(_ kind: KubeletRoute.StreamKind, _ request: HTTPServerRequest, container: String?) -> PodStream {
        let query =
            switch kind {
            case .exec, .attach: terminal(request.target.query, container: container)
            case .portForward: ports(request.target.query)
            }
        let subresource: PodStream.Kind =
            switch kind {
            case .exec: .exec
            case .attach: .attach
            case .portForward: .portForward
            }
        return PodStream(subresource, method: request.method, query: query, headers: headers(request))
    }

    /// A command without input, its output as one stream: `cmd` is split at its spaces and nowhere else, as a kubelet
    /// does.
    static func run(_ request: HTTPServerRequest, container: String) -> PodStream {
        let words = (request.target.first("cmd") ?? "").split(separator: " ", omittingEmptySubsequences: false)
        let key = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        return PodStream(
            .exec,
            method: "GET",
            query: [
                PodStream.Item("container", container), PodStream.Item("stdout", "true"),
                PodStream.Item("stderr", "true"),
            ] + words.map { PodStream.Item("command", String($0)) },
            headers: [
                PodStream.Item("Connection", "Upgrade"), PodStream.Item("Upgrade", "websocket"),
                PodStream.Item("Sec-WebSocket-Version", "13"), PodStream.Item("Sec-WebSocket-Key", key),
                PodStream.Item("Sec-WebSocket-Protocol", CommandOutput.streamProtocol),
            ]
        )
    }

    private static func terminal(_ query: [RequestTarget.Item], container: String?) -> [PodStream.Item] {
        let items = query.compactMap { item in
            terminalNames[item.name].map { PodStream.Item($0, item.value == "1" ? "true" : item.value) }
        }
        return (container.map { [PodStream.Item("container", $0)] } ?? []) + items
    }

    /// One item with commas for a kubelet, one for each port for an API server. SPDY names its ports on the stream.
    private static func ports(_ query: [RequestTarget.Item]) -> [PodStream.Item] {
        query.filter { $0.name == "port" || $0.name == "ports" }.flatMap { item in
            item.value.split(separator: ",").map { PodStream.Item("ports", String($0)) }
        }
    }

    /// Begins the name of a WebSocket protocol that is a token: a credential for the origin, never for a remote.
    private static let tokenProtocol = "base64url.bearer.authorization.k8s.io."

    /// The headers of the upgrade and of the protocol that it is to, and no others: no credential and no cookie of the
    /// origin reaches a remote.
    private static func headers(_ request: HTTPServerRequest) -> [PodStream.Item] {
        var headers = [
            PodStream.Item("Connection", "Upgrade"), PodStream.Item("Upgrade", request.upgrade ?? ""),
        ]
        for (name, value) in request.headers {
            let key = name.lowercased()
            guard key == "x-stream-protocol-version" || key.hasPrefix("sec-websocket-") else { continue }
            let protocols = value.split(separator: ",").filter { !$0.contains(tokenProtocol) }.joined(separator: ",")
            if !protocols.isEmpty { headers.append(PodStream.Item(name, protocols)) }
        }
        return headers
    }
}
