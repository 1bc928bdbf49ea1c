/// The bounds of a server, whoever connects.
package struct HTTPServerLimits: Sendable {
    /// Connections at the same time; more wait to be accepted.
    package var connections: Int
    /// Of these, from one peer, which is an IPv4 address or a network of IPv6 (/64); more are closed at once.
    package var connectionsPerPeer: Int
    /// New connections of one peer in a second, once it has made ``connectionsPerPeer``; more are closed at once.
    package var newConnectionsPerSecond: Int
    /// The longest head of a request, in bytes.
    package var headBytes: Int
    /// The longest body of a request, in bytes.
    package var bodyBytes: Int
    /// From the connection to the end of TLS's handshake.
    package var handshakeTime: Duration
    /// From the first byte of a request to the end of its head.
    package var headTime: Duration
    /// Between two pieces of a request's body.
    package var bodyTime: Duration
    /// Without a request.
    package var idleTime: Duration
    /// Without a byte in a tunnel, either way. A kubelet gives its streams four hours.
    package var tunnelIdleTime: Duration
    /// For the other end of a tunnel to end, once one has.
    package var lingerTime: Duration

    package init(
        connections: Int = 2048,
        connectionsPerPeer: Int = 1536,
        newConnectionsPerSecond: Int = 256,
        headBytes: Int = 128 << 10,
        bodyBytes: Int = 1 << 20,
        handshakeTime: Duration = .seconds(10),
        headTime: Duration = .seconds(10),
        bodyTime: Duration = .seconds(30),
        idleTime: Duration = .seconds(90),
        tunnelIdleTime: Duration = .seconds(4 * 3600),
        lingerTime: Duration = .seconds(30)
    ) {
        self.connections = connections
        self.connectionsPerPeer = connectionsPerPeer
        self.newConnectionsPerSecond = newConnectionsPerSecond
        self.headBytes = headBytes
        self.bodyBytes = bodyBytes
        self.handshakeTime = handshakeTime
        self.headTime = headTime
        self.bodyTime = bodyTime
        self.idleTime = idleTime
        self.tunnelIdleTime = tunnelIdleTime
        self.lingerTime = lingerTime
    }
}
