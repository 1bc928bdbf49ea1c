import Foundation
import TestSupport
import Testing

@testable import Providers

@Suite struct ExpositionCorpusTests {
    @Test func `The corpus is there and holds no surprise`() throws {
        let corpus = try FuzzCorpus.inputs(of: Bundle.module)
        #expect(corpus.count >= 4)
        for (name, bytes) in corpus {
            #expect(ExpositionFuzz.problem(with: bytes) == nil, "\(name)")
            for page in MetricsPage.allCases { #expect(Self.problem(with: bytes, on: page) == nil, "\(name), \(page)") }
        }
    }

    /// Nothing but samples of the pod, under its own name, is kept of a page.
    private static func problem(with bytes: [UInt8], on page: MetricsPage) -> String? {
        let newline = UInt8(ascii: "\n")
        var filter = ExpositionFilter(page, of: ExpositionFilterTests.subjects)
        for line in bytes.split(separator: newline) { filter.take(line) }
        let result = filter.result
        for line in Array(result.exposition.pieces.joined()).split(separator: newline)
        where line.first != UInt8(ascii: "#") {
            guard case .sample(let sample)? = ExpositionLine(line), sample.reading != nil else { return "no sample" }
            let names = sample.labels.prefix(2).map { label in
                "\(String(decoding: label.name, as: UTF8.self))=\(String(decoding: label.value, as: UTF8.self))"
            }
            guard names == ["namespace=shop", "pod=web-0"] else { return "a sample of \(names)" }
        }
        let isKnown = result.readings.allSatisfy { $0.instanceUID == "1111-delegate" && $0.cpuSeconds.isFinite }
        return isKnown ? nil : "a reading of nobody"
    }
}
