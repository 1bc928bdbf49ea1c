import Testing

@testable import martlet

@Suite struct EnvironmentTests {
    @Test func `Entries are split at their first equals sign, and the first of a name counts`() {
        let bytes = Array("A=1\0B=x=y\0C=\0A=2\0broken\0".utf8)
        #expect(Environment.parse(bytes) == ["A": "1", "B": "x=y", "C": ""])
    }

    @Test func `The process has a PATH`() {
        #expect(Environment.current()["PATH"]?.isEmpty == false)
    }
}
