import Glibc

/// One direction of a connection through a relay: reads from a source, holds back, writes to a destination.
struct RelayDirection {
    /// What happened to the connection.
    enum Outcome {
        case goesOn
        /// The other side broke off: both sides are to be reset.
        case broken
    }

    private var line = DelayLine()
    private var hasReadEnd = false
    /// The destination takes nothing more for now.
    private(set) var isBlocked = false
    /// The end of the stream has been handed on: nothing more will come.
    private(set) var hasEnded = false

    /// Whether the source is to be read.
    var wantsInput: Bool { !hasReadEnd && line.hasRoom }

    /// When the next bytes arrive, unless the destination has to make room first.
    var nextDue: Duration? {
        isBlocked ? nil : line.first?.due
    }

    mutating func hold(until moment: Duration) {
        line.hold(until: moment)
    }

    /// Reads what the source has, up to the size of the buffer.
    mutating func read(
        from source: Int32,
        at now: Duration,
        under conditions: RelayConditions,
        buffer: inout [UInt8]
    ) -> Outcome {
        let count = recv(source, &buffer, buffer.count, 0)
        guard count >= 0 else {
            return errno == EAGAIN || errno == EINTR ? .goesOn : .broken
        }
        hasReadEnd = count == 0
        var random = SystemRandomNumberGenerator()
        line.send(ArraySlice(buffer[..<count]), at: now, under: conditions, using: &random)
        return .goesOn
    }

    /// Writes what has arrived by now, as much as the destination takes.
    mutating func deliver(to destination: Int32, at now: Duration) -> Outcome {
        isBlocked = false
        while let parcel = line.first, parcel.due <= now {
            if parcel.isEnd {
                hasEnded = true
                line.take(0)
                // Fails only if the other side has gone, which the next read tells.
                _ = shutdown(destination, Int32(SHUT_WR))
                return .goesOn
            }
            let count = parcel.bytes.withUnsafeBytes { bytes in
                Glibc.send(destination, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                guard errno == EAGAIN || errno == EINTR else { return .broken }
                isBlocked = true
                return .goesOn
            }
            line.take(count)
        }
        return .goesOn
    }
}
