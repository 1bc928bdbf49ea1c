import Testing

@testable import Transport

@Suite struct HeadParserTests {
    private func head(_ lines: [String], status: Int = 200) throws -> [HTTPHead] {
        var parser = HeadParser()
        return try lines.compactMap { line in
            try Array(line.utf8).withUnsafeBytes { try parser.consume(line: $0, status: status) }
        }
    }

    @Test(arguments: [
        ("Name: value\r\n", "Name", "value"),
        ("Name:value\n", "name", "value"),
        ("Name: \t a: b \t\r\n", "NAME", "a: b"),
        ("Name:\r\n", "Name", ""),
    ])
    func `A field is a name and a trimmed value`(line: String, name: String, value: String) throws {
        let heads = try head(["HTTP/1.1 200 OK\r\n", line, "\r\n"])
        #expect(heads.first?.headers.first(name) == value)
    }

    @Test(arguments: ["no colon\r\n", ": no name\r\n", "a name: with a space\r\n"])
    func `What is no field is passed over`(line: String) throws {
        let heads = try head(["HTTP/1.1 200 OK\r\n", line, "\r\n"])
        #expect(heads.count == 1)
        #expect(heads.first.map { Array($0.headers).isEmpty } == true)
    }

    @Test func `An interim head is none, and neither are trailers`() throws {
        #expect(try head(["HTTP/1.1 100 Continue\r\n", "\r\n"], status: 100).isEmpty)
        #expect(try head(["HTTP/1.1 200 OK\r\n", "\r\n", "Trailer: a\r\n", "\r\n"]).count == 1)
    }

    @Test func `A head beyond the limit is refused`() {
        let line = "A: " + String(repeating: "x", count: HeadParser.limit)
        #expect(throws: TransportError(.tooLarge, "the head of the answer is longer than 262144 bytes")) {
            try head([line])
        }
    }
}
