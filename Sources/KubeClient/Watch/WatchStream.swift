import KubeModel
import Observability
import Synchronization
import Transport

/// The events of one watch as they come. Ends when the server ends it; an end within a line is thrown as `.interrupted`.
///
/// Throws `APIError` for `ERROR` events, broken connections and what can't be read; `CancellationError` when cancelled.
/// One consumer; what it does not take holds the server back.
package struct WatchStream: AsyncSequence, Sendable {
    package typealias Element = WatchEvent

    private let stream: HTTPStream
    private let received: Counter
    private let activity: [ByteActivity]

    init(stream: HTTPStream, received: Counter, activity: [ByteActivity]) {
        self.stream = stream
        self.received = received
        self.activity = activity
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(bytes: stream.body.makeAsyncIterator(), received: received, activity: activity)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private var bytes: HTTPBody.AsyncIterator
        private var lines = LineSplitter()
        private let received: Counter
        private let activity: [ByteActivity]

        init(bytes: HTTPBody.AsyncIterator, received: Counter, activity: [ByteActivity]) {
            self.bytes = bytes
            self.received = received
            self.activity = activity
        }

        package mutating func next() async throws -> WatchEvent? {
            while true {
                if let line = try nextLine() { return try WatchEvent(line: line) }
                guard let chunk = try await nextChunk() else {
                    guard !lines.hasUnfinishedLine else {
                        throw APIError(.interrupted, message: "the watch ended within an event")
                    }
                    return nil
                }
                lines.append(chunk)
            }
        }

        private mutating func nextLine() throws(APIError) -> ArraySlice<UInt8>? {
            do {
                return try lines.next()
            } catch {
                throw APIError(.decoding, message: "an event of a watch is longer than \(error.limit) bytes")
            }
        }

        private mutating func nextChunk() async throws -> [UInt8]? {
            do {
                let chunk = try await bytes.next()
                received.increment(by: chunk?.count ?? 0)
                for activity in activity { activity.note(chunk?.count ?? 0) }
                return chunk
            } catch let error as TransportError {
                if error.code == .cancelled { throw CancellationError() }
                throw APIError(error)
            }
        }
    }
}

/// The bytes that a watch, or a client, has received, for whoever watches over it.
package final class ByteActivity: Sendable {
    private let bytes = Atomic(0)

    package init() {}

    /// How many so far.
    package var count: Int { bytes.load(ordering: .relaxed) }

    func note(_ count: Int) {
        bytes.add(count, ordering: .relaxed)
    }
}
