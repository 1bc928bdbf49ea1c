import TestSupport
import Testing

@testable import KubeClient

@Suite struct TokenFileTests {
    private let files = InMemoryFiles(["/token": "one\n"])
    private let clock = ManualClock()

    private func tokenFile(fallback: String? = nil) -> TokenFile {
        TokenFile(
            path: "/token",
            field: "tokenFile",
            place: EntryPlace(file: "f", subject: .user("me")),
            fallback: fallback.map { Secret($0) },
            host: KubeConfigFixture.host(files, clock: clock)
        )
    }

    @Test func `A token is read again after a minute`() throws {
        let file = tokenFile()
        #expect(try file.token().value == "one")
        files.write("two", to: "/token")
        clock.advance(by: .seconds(59))
        #expect(try file.token().value == "one")
        clock.advance(by: .seconds(1))
        #expect(try file.token().value == "two")
    }

    @Test func `A token is read again when it was refused`() throws {
        let file = tokenFile()
        #expect(try file.token().value == "one")
        files.write("two", to: "/token")
        file.invalidate()
        #expect(try file.token().value == "two")
        #expect(try file.token().value == "two")
        #expect(files.reads == 2)
    }

    @Test func `The last token stays as long as the file cannot be read`() throws {
        let file = tokenFile(fallback: "fixed")
        #expect(try file.token().value == "one")
        files.remove("/token")
        clock.advance(by: .seconds(60))
        #expect(try file.token().value == "one")
        files.write("two", to: "/token")
        #expect(try file.token().value == "two")
    }

    @Test(arguments: [(" \n", "is empty"), ("a\nb", "one token in one line")])
    func `A file without a token is told`(text: String, message: String) throws {
        files.write(text, to: "/token")
        let error = try #require(throws: KubeConfigError.self) { try tokenFile().token() }
        #expect(error.code == .credentials)
        #expect(error.description.hasPrefix("f: user \"me\": tokenFile: the file /token "))
        #expect(error.message.contains(message))
    }
}
