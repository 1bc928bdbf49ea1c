import Foundation
import TestSupport
import Testing

@Suite struct CommandCorpusTests {
    @Test func `The corpus is there and holds no surprise`() throws {
        let corpus = try FuzzCorpus.inputs(of: Bundle.module)
        #expect(corpus.count >= 4)
        for (name, bytes) in corpus { #expect(CommandFuzz.problem(with: bytes) == nil, "\(name)") }
    }
}
