import Glibc
import Observability
import Testing

@Suite(.timeLimit(.minutes(1))) struct StandardErrorSinkTests {
    @Test("Each record is one line on the descriptor, out at once")
    func line() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        let sink = StandardErrorSink(fileDescriptor: ends[1])
        let log = Logger(label: "test", format: .json, sink: sink, now: { .zero })
        log.info("hello", ["key": "one\ntwo"])
        log.info("again")
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &bytes, bytes.count)
        let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix(#""key":"one\ntwo"}"#) == true)
        #expect(sink.lostLines == 0)
    }

    @Test("A line that cannot be written is counted")
    func lost() {
        let sink = StandardErrorSink(fileDescriptor: -1)
        Logger(label: "test", sink: sink).info("hello")
        #expect(sink.lostLines == 1)
    }
}
