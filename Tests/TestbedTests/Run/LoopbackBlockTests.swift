import Testing

@testable import Testbed

@Suite("A block of loopback addresses")
struct LoopbackBlockTests {
    /// Draws the same numbers again and again.
    private struct Stubborn: RandomNumberGenerator {
        private var numbers = SystemRandomNumberGenerator()
        private var drawn: [UInt64] = []
        private var place = 0

        mutating func next() -> UInt64 {
            if place == drawn.count { drawn.append(numbers.next()) }
            defer { place += 1 }
            return drawn[place]
        }

        mutating func rewind() { place = 0 }
    }

    @Test("belongs to one run only, as long as that lives")
    func exclusive() throws {
        var random = Stubborn()
        let first = try LoopbackBlock(using: &random)
        random.rewind()
        let second = try LoopbackBlock(using: &random)
        #expect(first.prefix != second.prefix)
    }

    @Test("gives each address once, and says when there is none left")
    func addresses() throws {
        var random = SystemRandomNumberGenerator()
        let block = try LoopbackBlock(using: &random)
        let addresses = try (1...253).map { _ in try block.nextAddress() }
        #expect(Set(addresses).count == 253)
        #expect(addresses.allSatisfy { $0.hasPrefix(block.prefix + ".") })
        #expect(throws: TestbedError.self) { try block.nextAddress() }
    }

    @Test("passes over ports that are taken")
    func ports() throws {
        var random = SystemRandomNumberGenerator()
        let host = try LoopbackBlock(using: &random).nextAddress()
        let port = try Sockets.freePort(at: host, from: 26443)
        let listener = try Sockets.listen(at: Endpoint(host: host, port: port), sharing: true)
        #expect(try Sockets.freePort(at: host, from: port) > port)
        _ = consume listener
    }
}
