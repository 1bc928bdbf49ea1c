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
    /// It takes nothing more: what is still for it is dropped.
    private(set) var isDeaf = false
    /// What the last attempts waited for.
    var readNeeds = EPOLLIN.rawValue
    var writeNeeds = EPOLLOUT.rawValue
    /// Why what it sends can't be passed on.
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
        pending = count < waiting.count && !isDeaf ? waiting.dropFirst(count) : []
        return count
    }

    /// Writes what the socket takes. That it takes no more says nothing of what it has sent: a server that has said all
    /// and is gone answers the next byte with a reset, and its last words are still to be read.
    ///
    /// - Returns: how many bytes were taken.
    private mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var moved = 0
        while moved < bytes.count {
            switch channel.write(UnsafeRawBufferPointer(rebasing: bytes[moved...])) {
            case .done(let count): moved += count
            case .wantsRead:
                writeNeeds = EPOLLIN.rawValue
                return moved
            case .wantsWrite:
                writeNeeds = EPOLLOUT.rawValue
                return moved
            case .ended, .failed:
                isDeaf = true
                pending = []
                return moved
            }
        }
        return moved
    }

    /// Writes bytes of the other end, and keeps what the socket does not take at once. Nothing may be pending.
    ///
    /// - Returns: how many bytes were taken.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = write(bytes)
        if count < bytes.count, !isDeaf { pending = Array(bytes[count...])[...] }
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
        guard !wasTold, !isDeaf else { return }
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
            let up = Self.move(from: &client, to: &server, buffer, isWanted: !isOneWay)
            let down = Self.move(from: &server, to: &client, buffer)
            bytesToServer += up.moved
            bytesToClient += down.moved
            if let ending { return .finished(ending) }
            // What is thrown away is no sign that the tunnel lives.
            if up.moved + down.moved > 0 { lastActivity = .now }
            guard up.moved + up.dropped + down.moved + down.dropped > 0 else { return .blocked }
        }
        return .more
    }

    /// - Parameter isWanted: whether the target is to have it; otherwise, and where it takes nothing more, the source is
    ///   read only to notice its end.
    /// - Returns: how many bytes the target took, and how many were thrown away.
    private static func move(
        from source: inout RelayEnd,
        to target: inout RelayEnd,
        _ buffer: UnsafeMutableRawBufferPointer,
        isWanted: Bool = true
    ) -> (moved: Int, dropped: Int) {
        let flushed = target.flush()
        guard target.pending.isEmpty else { return (flushed, 0) }
        let count = source.hasEnded ? 0 : source.read(into: buffer)
        if source.hasEnded, count == 0 { target.tell() }
        guard count > 0, isWanted, !target.isDeaf else { return (flushed, count) }
        return (flushed + target.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])), 0)
    }

    /// Notes who ended first; the tunnel's end once all is through that still can be.
    private var ending: TunnelReport.Ending? {
        mutating get {
            if firstToEnd == nil {
                if client.hasEnded || client.isDeaf || client.failure != nil {
                    firstToEnd = .client
                } else if server.hasEnded || server.isDeaf || server.failure != nil {
                    firstToEnd = .server
                }
            }
            let isBroken = client.failure != nil || server.failure != nil
            // Nobody is left to hear what a server might still say.
            let isUnheard = client.isDeaf && client.hasEnded && server.pending.isEmpty
            let isThrough =
                client.hasEnded && server.hasEnded && client.pending.isEmpty && server.pending.isEmpty
            return isBroken || isUnheard || isThrough ? firstToEnd : nil
        }
    }

    /// Whether one end has ended and the other is waited for. A client that is there and takes its time with the last words
    /// of a server is no such other: a pager may show them for hours.
    var isLingering: Bool { firstToEnd != nil && (client.hasEnded || client.pending.isEmpty) }
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
