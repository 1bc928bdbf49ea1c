import CTransport

/// One end of a tunnel, with what it has still to take.
struct RelayEnd {
    let channel: any ByteChannel
    /// Bytes from the other end that this one's socket did not take yet.
    var pending: ArraySlice<UInt8> = []
    /// Nothing more comes from it.
    var hasEnded = false
    /// It was told that nothing more comes.
    var wasTold = false
    /// What the last attempts waited for.
    var readNeeds = EPOLLIN.rawValue
    var writeNeeds = EPOLLOUT.rawValue
    /// Why it is of no more use.
    private(set) var failure: TransportError?
    /// Tells where what comes from it ends; nil for all that it sends.
    private var answer: RelayedAnswer?

    init(channel: any ByteChannel, pending: [UInt8] = [], answer: RelayedAnswer? = nil) {
        self.channel = channel
        self.pending = pending[...]
        self.answer = answer
    }

    /// - Returns: how many of the bytes that it sent are to be passed on.
    mutating func admit(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch answer?.take(bytes) ?? .whole {
        case .whole: return bytes.count
        case .last(let count):
            hasEnded = true
            return count
        case .malformed:
            failure = TransportError(.badResponse, "the answer's body is no HTTP")
            return 0
        }
    }

    /// Writes what is pending.
    ///
    /// - Returns: how many bytes were taken.
    mutating func flush() -> Int {
        guard !pending.isEmpty else { return 0 }
        let waiting = pending
        let count = waiting.withUnsafeBytes { write($0) }
        pending = count < waiting.count ? waiting.dropFirst(count) : []
        return count
    }

    /// Writes what the socket takes.
    ///
    /// - Returns: how many bytes were taken.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var moved = 0
        while moved < bytes.count, failure == nil {
            switch channel.write(UnsafeRawBufferPointer(rebasing: bytes[moved...])) {
            case .done(let count): moved += count
            case .wantsRead:
                writeNeeds = EPOLLIN.rawValue
                return moved
            case .wantsWrite:
                writeNeeds = EPOLLOUT.rawValue
                return moved
            case .ended: failure = TransportError(.interrupted, "the connection ended")
            case .failed(let error): failure = error
            }
        }
        return moved
    }

    /// Writes bytes of the other end, and keeps what the socket does not take at once. Nothing may be pending.
    ///
    /// - Returns: how many bytes were taken.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = write(bytes)
        if count < bytes.count { pending = Array(bytes[count...])[...] }
        return count
    }

    /// Reads what there is, at most what fits the buffer.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch channel.read(into: buffer) {
        case .done(let count): return admit(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        case .wantsRead: readNeeds = EPOLLIN.rawValue
        case .wantsWrite: readNeeds = EPOLLOUT.rawValue
        case .ended: hasEnded = true
        // An end without farewell: what came before it is still passed on.
        case .failed: hasEnded = true
        }
        return 0
    }

    /// Tells the peer that nothing more comes, once.
    mutating func tell() {
        guard !wasTold else { return }
        wasTold = true
        channel.endWrites()
    }
}

/// Two connections, what comes from one going to the other. Nothing is read from an end while the other has not taken
/// what came before: at most one buffer per way is held, and none in a tunnel that stands still.
struct Relay {
    /// The most that is read at once.
    static let bufferSize = 32 << 10

    enum Progress {
        /// Nothing can be done until a socket is ready.
        case blocked
        /// There may be more at once; others come first.
        case more
        case finished(TunnelReport.Ending)
    }

    private(set) var client: RelayEnd
    private(set) var server: RelayEnd
    private(set) var bytesToServer = 0
    private(set) var bytesToClient = 0
    private(set) var lastActivity = ContinuousClock.now
    private var firstToEnd: TunnelReport.Ending?
    /// Nothing of the client's goes to the server; it is read only to notice the client's end.
    private let isOneWay: Bool

    init(client: RelayEnd, server: RelayEnd, isOneWay: Bool = false) {
        self.client = client
        self.server = server
        self.isOneWay = isOneWay
    }

    mutating func pump(_ buffer: UnsafeMutableRawBufferPointer) -> Progress {
        for _ in 0..<16 {
            let up = isOneWay ? discard(buffer) : Self.move(from: &client, to: &server, buffer)
            let down = Self.move(from: &server, to: &client, buffer)
            if !isOneWay { bytesToServer += up }
            bytesToClient += down
            if let ending { return .finished(ending) }
            guard up + down > 0 else { return .blocked }
            lastActivity = .now
        }
        return .more
    }

    /// - Returns: how many of the client's bytes were thrown away.
    private mutating func discard(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !client.hasEnded else {
            server.tell()
            return 0
        }
        let count = client.read(into: buffer)
        if client.hasEnded { server.tell() }
        return count
    }

    private static func move(
        from source: inout RelayEnd,
        to target: inout RelayEnd,
        _ buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let flushed = target.flush()
        guard target.pending.isEmpty, target.failure == nil else { return flushed }
        guard !source.hasEnded else {
            target.tell()
            return flushed
        }
        let count = source.read(into: buffer)
        guard count > 0 else {
            if source.hasEnded { target.tell() }
            return flushed
        }
        return flushed + target.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }

    /// Notes who ended first; the tunnel's end once both have, or one can't take what is for it.
    private var ending: TunnelReport.Ending? {
        mutating get {
            if firstToEnd == nil {
                if client.hasEnded || client.failure != nil {
                    firstToEnd = .client
                } else if server.hasEnded || server.failure != nil {
                    firstToEnd = .server
                }
            }
            let isBroken = client.failure != nil || server.failure != nil
            let isThrough =
                client.hasEnded && server.hasEnded && client.pending.isEmpty && server.pending.isEmpty
            return isBroken || isThrough ? firstToEnd : nil
        }
    }

    /// Whether one end has ended and the other is waited for.
    var isLingering: Bool { firstToEnd != nil }
    /// Who ended it, if it ends now by the passing of time.
    var endingByTime: TunnelReport.Ending { firstToEnd ?? .idle }

    /// What to wait for at the client's and at the server's socket.
    var interest: (client: UInt32, server: UInt32) {
        (Self.interest(of: client, beside: server), Self.interest(of: server, beside: client))
    }

    private static func interest(of end: RelayEnd, beside other: RelayEnd) -> UInt32 {
        (!end.hasEnded && other.pending.isEmpty ? end.readNeeds : 0) | (end.pending.isEmpty ? 0 : end.writeNeeds)
    }

    func report(_ ending: TunnelReport.Ending) -> TunnelReport {
        TunnelReport(bytesToServer: bytesToServer, bytesToClient: bytesToClient, ending: ending)
    }
}
