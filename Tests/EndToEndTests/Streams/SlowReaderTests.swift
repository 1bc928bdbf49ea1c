import KubeModel
import TestSupport
import Testbed
import Testing

extension StreamEndTests {
    /// Numbered lines, a hundred megabytes. Sockets, API servers and `kubectl proxy` take at most some thirty of them on
    /// their way to somebody who reads nothing: a relay that takes all that it is sent would hold the rest.
    private static let flood = "awk 'BEGIN { for (i = 0; i < 100000; i++) printf \"%01000d\\n\", i }'"
    /// What both streams may take of martlet's memory; they have two buffers of 32 KiB each.
    private static let mostGrowth = 32 << 20

    @Test(
        "Who reads nothing of a log or a command holds no memory, and finds later what the command said",
        .rows(92, 105)
    )
    func slowReader() async throws {
        try await TestSpace.with("slowreader") { space in
            let wait = "echo begun; until [ -e /tmp/go ]; do sleep 0.2; done"
            try await space.start("web", "\(wait); \(Self.flood); touch /tmp/gone; \(Manifest.idle)")
            let process = try #require(await space.fleet.martlet.processID)
            try await space.withProxy { proxy in
                let log = try RawClient(port: proxy)
                await log.send("GET \(space.path("web", "log", "follow=true")) HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(await log.receive(until: "begun\n\r\n").hasSuffix("begun\n\r\n"))
                let path = space.path("web", "exec", "container=main&stdin=true&stdout=true&command=sh")
                var shell = try await WebSocketClient(port: proxy, path: path)
                await shell.send("echo begun\n")
                #expect(try await shell.hear("begun\n") == "begun\n")
                let before = try #require(ProcessTable.residentBytes(of: process))

                await shell.send("touch /tmp/go; \(Self.flood)\n")
                try await eventually("the log is written", within: .seconds(60)) {
                    try await space.shell(.own, "k exec web -- test -e /tmp/gone").status.isSuccess
                }
                try await holds("martlet takes nothing that its clients do not take", for: .seconds(5)) {
                    (ProcessTable.residentBytes(of: process) ?? .max) - before < Self.mostGrowth
                }
                // More than stood anywhere on the way.
                let isWhole = try await shell.hears(lines: 40_000)
                #expect(isWhole)
                withExtendedLifetime(log) {}
            }
        }
    }
}

extension WebSocketClient {
    /// Whether so many lines come, numbered and as long as those of the flood.
    fileprivate mutating func hears(lines: Int) async throws -> Bool {
        var (number, rest) = (0, [UInt8]())
        while number < lines {
            guard let message = try await next() else { return false }
            guard message.channel == 1 else { continue }
            rest += message.bytes
            while rest.count > 1000, number < lines {
                let digits = "\(number)\n"
                let line = String(repeating: "0", count: 1001 - digits.count) + digits
                guard String(decoding: rest[..<1001], as: UTF8.self) == line else { return false }
                rest.removeFirst(1001)
                number += 1
            }
        }
        return true
    }
}
