import Glibc

/// TCP sockets over IPv4: what the relay and the choice of ports need of the system. All are non-blocking and are not
/// handed down to programs that this process starts.
enum Sockets {
    /// Listens at an endpoint.
    ///
    /// - Parameter sharing: whether connections that are still being closed there are no obstacle (`SO_REUSEADDR`).
    /// - Throws: `TestbedError` `.network`, for instance when the port is taken.
    static func listen(at endpoint: Endpoint, sharing: Bool) throws(TestbedError) -> FileDescriptor {
        let socket = try bound(to: endpoint, sharing: sharing)
        guard Glibc.listen(socket.number, 1024) == 0 else { throw cannotListen(at: endpoint) }
        return socket
    }

    private static func bound(to endpoint: Endpoint, sharing: Bool) throws(TestbedError) -> FileDescriptor {
        let socket = try make()
        if sharing { try setOption(socket.number, level: SOL_SOCKET, option: SO_REUSEADDR, value: 1) }
        var address = try socketAddress(of: endpoint)
        guard withPointer(to: &address, { bind(socket.number, $0, $1) }) == 0 else { throw cannotListen(at: endpoint) }
        return socket
    }

    private static func cannotListen(at endpoint: Endpoint) -> TestbedError {
        TestbedError(.network, "cannot listen at \(endpoint)", underlying: SystemError())
    }

    /// Begins a connection. It is there, or has failed, when the socket can be written to: see `pendingError`.
    static func connect(to endpoint: Endpoint) throws(TestbedError) -> FileDescriptor {
        let socket = try make()
        try setOption(socket.number, level: Int32(IPPROTO_TCP), option: TCP_NODELAY, value: 1)
        var address = try socketAddress(of: endpoint)
        guard withPointer(to: &address, { Glibc.connect(socket.number, $0, $1) }) == 0 || errno == EINPROGRESS else {
            throw TestbedError(.network, "cannot connect to \(endpoint)", underlying: SystemError())
        }
        return socket
    }

    /// The next connection at a listener; nil if there is none, or the one that was there has gone.
    static func accept(at listener: Int32) -> FileDescriptor? {
        let number = Glibc.accept(listener, nil, nil)
        guard number >= 0 else { return nil }
        let socket = FileDescriptor(owning: number)
        guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0, fcntl(number, F_SETFL, O_NONBLOCK) == 0 else { return nil }
        // Without it small messages wait for each other's acknowledgement; the connection works all the same.
        try? setOption(number, level: Int32(IPPROTO_TCP), option: TCP_NODELAY, value: 1)
        return socket
    }

    /// Makes the close of a socket a reset, as a firewall's or a crashed host's would look to the other side.
    static func resetOnClose(_ socket: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        // A socket whose other side has gone refuses the option, and needs no reset.
        _ = setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// The error of a connection that was being made; 0 for none.
    static func pendingError(of socket: Int32) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &value, &size) == 0 else { return errno }
        return value
    }

    /// The first port from `preferred` upwards that is free at an address. Whoever listens at the port of all addresses
    /// (0.0.0.0) has taken it at this one too.
    ///
    /// Found by binding only: a program that is being started in this moment has what is open here until its own begins,
    /// and a socket that listened would keep the port until then.
    static func freePort(at host: String, from preferred: UInt16) throws(TestbedError) -> UInt16 {
        for port in preferred..<(preferred + 100) {
            let endpoint = Endpoint(host: host, port: port)
            if (try? bound(to: endpoint, sharing: true)) != nil { return port }  // else it is taken: the next one
        }
        throw TestbedError(.network, "no free port at \(host) from \(preferred) to \(preferred + 99)")
    }

    private static func make() throws(TestbedError) -> FileDescriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_INET, kind, 0)
        guard number >= 0 else { throw TestbedError(.network, "cannot make a socket", underlying: SystemError()) }
        return FileDescriptor(owning: number)
    }

    private static func setOption(
        _ socket: Int32,
        level: Int32,
        option: Int32,
        value: Int32
    ) throws(TestbedError) {
        var value = value
        guard setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw TestbedError(.network, "cannot set an option of a socket", underlying: SystemError())
        }
    }

    private static func socketAddress(of endpoint: Endpoint) throws(TestbedError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = endpoint.port.bigEndian
        guard inet_pton(AF_INET, endpoint.host, &address.sin_addr) == 1 else {
            throw TestbedError(.network, "'\(endpoint.host)' is not an IPv4 address")
        }
        return address
    }

    private static func withPointer(
        to address: inout sockaddr_in,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
