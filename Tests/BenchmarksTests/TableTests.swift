import Testing

@testable import Benchmarks

@Suite("Tables")
struct TableTests {
    @Test("Columns are as wide as their widest cell")
    func columns() {
        var table = Table(header: ["pods", "b/c"])
        table.rows = [["10", "1.07"], ["1000", "-"]]
        #expect(
            table.text == """
                | pods | b/c  |
                | ---- | ---- |
                | 10   | 1.07 |
                | 1000 | -    |
                """
        )
    }

    @Test("Numbers have the digits of their kind, and what is not there is a dash")
    func numbers() {
        #expect(Table.seconds(1.005) == "1.00" || Table.seconds(1.005) == "1.01")
        #expect(Table.seconds(nil) == "-")
        #expect(Table.milliseconds(0.0214) == "21")
        #expect(Table.mebibytes(52_428_800) == "50.0")
        #expect(Table.kibibytes(1536) == "1.5")
    }
}
