import Testing

@testable import Transport

/// Waiters are strings here.
@Suite struct ResponseChannelStateTests {
    private final class Channel {
        private var state = ResponseChannelState<String, String>(watermarks: .init(low: 4, high: 8))

        var bytesReceived: Int { state.bytesReceived }

        func awaitHead(_ waiter: String) { state.awaitHead(waiter) }

        func receiveHead(size: Int) -> String? { state.receiveHead(size: size) }

        func receive(_ bytes: [UInt8]) -> (isTaken: Bool, reader: String?) { state.receive(bytes) }

        func finish(_ error: TransportError?) -> [String?] {
            let waiters = state.finish(error.map { .failure($0) } ?? .success(()))
            return [waiters.head, waiters.reader]
        }

        func take(parking waiter: String? = nil) -> String {
            switch waiter.map({ state.take(orPark: $0) }) ?? state.take() {
            case .chunk(let bytes, let resumes): "\(bytes)\(resumes ? " resume" : "")"
            case .end: "end"
            case .failure(let error): "\(error.code)"
            case .wait: "wait"
            }
        }
    }

    private let channel = Channel()

    @Test func `The head is told once to who waits for it`() {
        channel.awaitHead("caller")
        #expect(channel.receiveHead(size: 10) == "caller")
        #expect(channel.receiveHead(size: 10) == nil)
        #expect(channel.bytesReceived == 20)
    }

    @Test func `A reader who waits gets the bytes past the buffer`() {
        #expect(channel.take(parking: "reader") == "wait")
        #expect(channel.receive([1, 2]).reader == "reader")
        #expect(channel.take() == "wait")
        #expect(channel.bytesReceived == 2)
    }

    @Test func `Bytes that are not taken are not counted`() {
        #expect(channel.receive([1, 2, 3, 4, 5, 6, 7, 8]).isTaken)
        #expect(!channel.receive([9]).isTaken)
        #expect(channel.bytesReceived == 8)
        #expect(channel.take() == "[1, 2, 3, 4, 5, 6, 7, 8] resume")
    }

    @Test func `A reader who comes after the bytes does not wait`() {
        _ = channel.receive([1])
        #expect(channel.take(parking: "reader") == "[1]")
        #expect(channel.receive([2]).reader == nil)
    }

    @Test(arguments: [
        (TransportError?.none, ["[1]", "end", "end"]),
        (TransportError(.interrupted, ""), ["[1]", "interrupted", "interrupted"]),
        (TransportError(.cancelled, ""), ["cancelled", "cancelled"]),
    ])
    func `What was buffered is read before the end, unless the end is a cancel`(error: TransportError?, turns: [String])
    {
        _ = channel.receive([1])
        _ = channel.finish(error)
        for turn in turns { #expect(channel.take() == turn) }
    }

    @Test func `The end is told to all who wait, once`() {
        channel.awaitHead("caller")
        _ = channel.take(parking: "reader")
        #expect(channel.finish(nil) == ["caller", "reader"])
        #expect(channel.finish(nil) == [nil, nil])
    }
}
