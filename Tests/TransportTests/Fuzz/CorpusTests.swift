import Foundation
import TestSupport
import Testing

@Suite struct CorpusTests {
    @Test func `The corpus is there and holds no surprise`() throws {
        let corpus = try FuzzCorpus.inputs(of: Bundle.module)
        #expect(corpus.count > 20)
        for (name, bytes) in corpus { #expect(HTTPFuzz.problem(with: bytes) == nil, "\(name)") }
    }
}
