import Foundation
import Testing

@Suite struct CorpusTests {
    /// Inputs that once were interesting to the fuzzer, or broke something. `make fuzz` adds to them.
    private static let files: [URL] = {
        guard let folder = Bundle.module.url(forResource: "Corpus", withExtension: nil) else { return [] }
        return (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    }()

    @Test func `The corpus is there and holds no surprise`() throws {
        #expect(Self.files.count > 20)
        for file in Self.files {
            let problem = HTTPFuzz.problem(with: Array(try Data(contentsOf: file)))
            #expect(problem == nil, "\(file.lastPathComponent)")
        }
    }
}
