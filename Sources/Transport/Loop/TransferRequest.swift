/// All that the loop must know to make one transfer.
struct TransferRequest: Sendable {
    /// What the call is, as far as the transfer differs by it.
    enum Kind: Sendable {
        case unary
        case stream
    }

    let id: TransferID
    let kind: Kind
    let request: HTTPRequest
    let tls: TLSOptions
    let proxyURL: String?

    /// The host and port of the URL.
    var server: Substring {
        request.url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    }
}
