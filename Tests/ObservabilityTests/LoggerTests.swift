import Observability
import Synchronization
import TestSupport
import Testing

@Suite struct LoggerTests {
    private let sink = InMemoryLogSink()

    @Test("What is below the level is not written, and its metadata is not even built")
    func level() {
        let log = Logger(label: "test", level: .warning, sink: sink)
        let built = Mutex(0)
        func metadata() -> [String: String] {
            built.withLock { $0 += 1 }
            return [:]
        }
        log.trace("trace", metadata())
        log.debug("debug", metadata())
        log.info("info", metadata())
        log.warning("warning", metadata())
        log.error("error", metadata())
        #expect(sink.messages == ["warning", "error"])
        #expect(sink.records.map(\.level) == [.warning, .error])
        #expect(built.withLock { $0 } == 2)
    }

    @Test("Metadata adds up, and the nearest value of a key wins")
    func metadata() {
        let log = Logger(label: "test", sink: sink, metadata: ["node": "a", "x": "1"]).with(["x": "2", "y": "1"])
        log.info("hello", ["y": "2"])
        #expect(sink.records.first?.metadata == ["node": "a", "x": "2", "y": "2"])
    }

    @Test("A record tells where it comes from")
    func place() {
        sink.logger(label: "one").labelled("two").info("hello")
        #expect(sink.records.first?.label == "two")
        #expect(sink.records.first?.file == "LoggerTests.swift")
        #expect(sink.records.first?.line == #line - 3)
    }

    @Test("Wall time is that of this century, and comes from the clock that was given")
    func time() {
        #expect(WallClock.sinceEpoch() > .seconds(1_700_000_000))
        Logger(label: "test", sink: sink, now: { .seconds(12) }).info("hello")
        #expect(sink.records.first?.time == .seconds(12))
    }
}
