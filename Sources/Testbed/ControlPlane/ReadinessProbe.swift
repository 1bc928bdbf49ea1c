import Transport

/// Asks a program over HTTP whether it is ready.
struct ReadinessProbe: Sendable {
    let http: any HTTPClient
    let url: String
    /// The proof of who asks, and the CA by which the answer is believed; nil for plain HTTP.
    let tls: TLSOptions?

    /// True for an answer of 200. Everything else, no answer included, means "not yet".
    func isReady() async -> Bool {
        let request = HTTPRequest(method: "GET", url: url, timeout: .seconds(5), connectTimeout: .seconds(2))
        let options = ConnectionOptions(tls: tls ?? TLSOptions())
        // Before it is ready a program refuses, resets or stalls connections in every way there is.
        return (try? await http.send(request, over: options))?.status == 200
    }
}

extension Component {
    /// The path that tells whether the component is ready to work.
    var readinessPath: String {
        switch self {
        case .etcd: "/health"
        case .apiserver: "/readyz"
        case .controllerManager, .scheduler: "/healthz"
        }
    }
}
