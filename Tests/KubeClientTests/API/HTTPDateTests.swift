import Testing

@testable import KubeClient

@Suite struct HTTPDateTests {
    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("", nil),
            ("Sun, 06 Nox 1994 08:49:37 GMT", nil), ("Sun, 32 Nov 1994 08:49:37 GMT", nil),
        ] as [(String, Double?)]
    )
    func `Times of headers are read`(text: String, seconds: Double?) {
        #expect(HTTPDate.parse(text) == seconds)
    }
}
