/// What the streams of a client have come to, together.
final class RelayTally {
    var open = 0
    var complete = 0
    var failure: String?
}

/// A client's end of one stream: TLS, a request for an upgrade, and after it the flow.
final class RelayClientStream: RelayParticipant {
    private enum Phase {
        case handshake
        case asking(ArraySlice<UInt8>)
        /// What came of the answer.
        case answer([UInt8])
        /// The upgrade is made; the flow begins on a word.
        case open
        case flow(RelayFlow)
        case over
    }

    private let tls: RelayTLS
    private let request: [UInt8]
    private let volume: RelayVolume
    private let tally: RelayTally
    private unowned let engine: RelayEngine
    private var phase = Phase.handshake
    private var needs: UInt32 = 0

    init(_ tls: RelayTLS, request: [UInt8], _ volume: RelayVolume, _ tally: RelayTally, _ engine: RelayEngine) {
        self.tls = tls
        self.request = request
        self.volume = volume
        self.tally = tally
        self.engine = engine
    }

    var interests: [(descriptor: Int32, mask: UInt32)] { [(tls.descriptor, needs)] }
    var isOver: Bool { if case .over = phase { true } else { false } }

    /// Sets the flow off.
    func begin() {
        phase = .flow(RelayFlow(.client, volume))
        engine.wake(self)
    }

    func proceed() -> Bool {
        for _ in 0..<16 {
            guard step() else { return false }
        }
        return true
    }

    /// - Returns: whether it may go on at once.
    private func step() -> Bool {
        switch phase {
        case .handshake:
            guard moved(tls.handshake()) != nil else { return false }
            phase = .asking(request[...])
        case .asking(let rest):
            guard let count = moved(rest.withUnsafeBytes { tls.write($0) }) else { return false }
            phase = count < rest.count ? .asking(rest.dropFirst(count)) : .answer([])
        case .answer(let bytes):
            guard let count = moved(tls.read(into: engine.scratch)) else { return false }
            judge(bytes + engine.scratch[..<count])
        case .flow(var flow):
            let hasMoved = flow.step(tls, engine)
            needs = flow.needs
            phase = .flow(flow)
            if flow.isComplete {
                tally.complete += 1
                phase = .over
            } else if flow.hasEnded {
                fail("ended after \(flow.received) bytes received and \(flow.sent) sent of \(volume)")
            }
            return hasMoved && !isOver
        case .open:
            // Until it begins, only its end would be news.
            if case .blocked(let mask) = tls.read(into: engine.scratch) {
                needs = mask
                return false
            }
            fail("did not wait for its beginning")
        case .over: return false
        }
        return !isOver
    }

    private func judge(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("\r\n\r\n") else {
            phase = .answer(bytes)
            return
        }
        guard text.hasPrefix("HTTP/1.1 101 "), text.hasSuffix("\r\n\r\n") else {
            return fail("was answered: \(text)")
        }
        phase = .open
        tally.open += 1
    }

    private func moved(_ step: RelayTLS.Step) -> Int? {
        switch step {
        case .done(let count): return count
        case .blocked(let mask): needs = mask
        case .ended: fail("ended before the upgrade")
        }
        return nil
    }

    private func fail(_ what: String) {
        tally.failure = "a stream \(what)"
        phase = .over
    }
}
