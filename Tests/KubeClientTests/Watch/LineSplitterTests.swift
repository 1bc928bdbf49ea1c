import Testing

@testable import KubeClient

@Suite struct LineSplitterTests {
    private func lines(_ chunks: [String], limit: Int = 100) throws -> (lines: [String], rest: Bool) {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        for chunk in chunks {
            splitter.append(Array(chunk.utf8))
            while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        return (lines, splitter.hasUnfinishedLine)
    }

    @Test(
        "Lines are found whatever chunks they come in",
        arguments: [
            ([], [], false), (["a\n"], ["a"], false), (["a\nb\n"], ["a", "b"], false), (["a"], [], true),
            (["a", "b", "\n"], ["ab"], false), (["a\nb", "c\nd"], ["a", "bc"], true), (["\n\na\n\n"], ["a"], false),
            (["a\n", "\nb"], ["a"], true), (["ab\nc", "", "d\n"], ["ab", "cd"], false),
            (["a", "\n", "b\n"], ["a", "b"], false),
        ] as [([String], [String], Bool)]
    )
    func splits(chunks: [String], expected: [String], rest: Bool) throws {
        let result = try lines(chunks)
        #expect(result.lines == expected)
        #expect(result.rest == rest)
    }

    @Test("Any cut of the same bytes gives the same lines")
    func everyCut() throws {
        let text = "first\nsecond line\n\nthird\n"
        for first in 0...text.count {
            for second in first...text.count {
                let chars = Array(text)
                let chunks = [chars[..<first], chars[first..<second], chars[second...]].map { String($0) }
                #expect(try lines(chunks).lines == ["first", "second line", "third"])
            }
        }
    }

    @Test("A line of the limit passes, one more byte does not, finished or not", arguments: ["12345\n", "12345"])
    func limit(text: String) throws {
        #expect(throws: LineSplitter.LineTooLong(limit: 4)) { try lines(["1234\n", text], limit: 4) }
        #expect(try lines(["1234\n", "1234\n"], limit: 4).lines == ["1234", "1234"])
    }
}
