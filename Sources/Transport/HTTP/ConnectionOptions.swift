/// What calls to one server have in common. Connections are shared between calls of equal TLS options and proxy.
package struct ConnectionOptions: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package var tls: TLSOptions
    /// `http`, `https`, `socks5` or `socks5h`; may hold a password and is not printed. Nil for a direct connection: the
    /// environment's proxy variables are never looked at here.
    package var proxyURL: String?

    package init(tls: TLSOptions = TLSOptions(), proxyURL: String? = nil) {
        self.tls = tls
        self.proxyURL = proxyURL
    }

    package var description: String { proxyURL == nil ? "\(tls)" : "\(tls) through a proxy" }

    package var customMirror: Mirror { Mirror(self, children: ["summary": description]) }
}
