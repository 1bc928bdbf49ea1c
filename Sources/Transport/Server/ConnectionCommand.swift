/// What the thread of a ``ConnectionLoop`` can be told.
enum ConnectionCommand: Sendable {
    /// Serve a listener; its socket listens already.
    case open(ListenerID, ListenerSetup)
    /// New connections of the listener take this context.
    case secure(ListenerID, TLSServerContext)
    /// End a listener with all its connections.
    case close(ListenerID)
    /// The exchange of a connection has something to send, or room for more of the body.
    case proceed(ConnectionID)
    case abort(ConnectionID)
    /// Make a tunnel from a connection to another server.
    case tunnel(ConnectionID, TunnelRequest, TunnelWaiter)
}

/// Names one connection of one loop.
struct ConnectionID: Hashable, Sendable {
    let number: UInt64
}

/// Names one listener of one loop.
struct ListenerID: Hashable, Sendable {
    let number: UInt64
}
