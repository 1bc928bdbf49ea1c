/// How many bytes go through one stream, each way.
struct RelayVolume: Sendable, Equatable {
    let down: Int
    let up: Int

    /// The words by which a stream's server is told, as the command of an exec.
    var words: [String] { ["\(down)", "\(up)"] }

    /// Reads ``words`` out of a query.
    init?(words: [String]) {
        let numbers = words.compactMap { Int($0) }.filter { $0 >= 0 }
        guard words.count == 2, numbers.count == 2 else { return nil }
        (down, up) = (numbers[0], numbers[1])
    }

    init(down: Int, up: Int) {
        (self.down, self.up) = (down, up)
    }
}

/// The bytes of a stream after the upgrade, at one of its ends: one from the client sets it off, then each end sends its
/// part, and one from the server says that it has sent and received all.
struct RelayFlow {
    enum End { case client, server }

    let end: End
    let volume: RelayVolume
    private(set) var sent = 0
    private(set) var received = 0
    private(set) var hasEnded = false
    /// What the last attempts waited for.
    private(set) var needs: UInt32 = 0

    init(_ end: End, _ volume: RelayVolume) {
        self.end = end
        self.volume = volume
    }

    /// How much may have been sent by now.
    var allowed: Int {
        switch end {
        case .client: 1 + volume.up
        case .server where received == 0: 0
        case .server: volume.down + (received > volume.up && sent >= volume.down ? 1 : 0)
        }
    }

    var isComplete: Bool {
        switch end {
        case .client: sent == 1 + volume.up && received == volume.down + 1
        case .server: sent == volume.down + 1 && received == 1 + volume.up
        }
    }

    /// Counts bytes that came.
    mutating func receive(_ count: Int) { received += count }

    /// Counts bytes that went.
    mutating func send(_ count: Int) { sent += count }

    /// Reads a piece, and writes one.
    ///
    /// - Returns: whether anything was moved.
    mutating func step(_ tls: RelayTLS, _ engine: RelayEngine) -> Bool {
        var hasMoved = false
        needs = 0
        switch tls.read(into: engine.scratch) {
        case .done(let count):
            receive(count)
            hasMoved = true
        case .blocked(let mask): needs |= mask
        case .ended: hasEnded = true
        }
        let rest = allowed - sent
        guard rest > 0, !hasEnded else { return hasMoved }
        switch tls.write(UnsafeRawBufferPointer(rebasing: engine.source[..<min(rest, engine.source.count)])) {
        case .done(let count):
            send(count)
            hasMoved = true
        case .blocked(let mask): needs |= mask
        case .ended: hasEnded = true
        }
        return hasMoved
    }
}
