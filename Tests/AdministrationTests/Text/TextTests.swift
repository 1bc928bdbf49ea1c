import KubeModel
import Testing

@testable import Administration

@Suite struct TextTests {
    @Test(arguments: [
        ("0", "0"), ("250m", "0.25"), ("12500m", "12.5"), ("96", "96"), ("1", "1"), ("5m", "0.01"), ("4m", "0"),
        ("999m", "1"), ("1050m", "1.05"), ("-500m", "-0.5"),
        ("9223372036854775807", "9223372036854775.81"), ("1e20", "9223372036854775.81"),
    ])
    func `Cores have two digits after the point at the most`(amount: String, text: String) throws {
        #expect(AmountText.cpu(try Quantity(amount)) == text)
    }

    @Test(arguments: [
        ("0", "0"), ("512", "512"), ("1Ki", "1Ki"), ("128Mi", "128Mi"), ("1536Mi", "1.5Gi"), ("376Gi", "376Gi"),
        ("1023Mi", "1023Mi"), ("9.96Gi", "10Gi"), ("2000Gi", "2Ti"), ("1k", "1000"), ("8Ei", "8388608Ti"),
    ])
    func `Bytes are told in their largest unit`(amount: String, text: String) throws {
        #expect(AmountText.memory(try Quantity(amount)) == text)
    }

    @Test(arguments: [
        (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (10_799, "179m"),
        (10_800, "3h"), (11_000, "3h3m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"),
        (691_200, "8d"), (63_072_000, "2y"), (70_000_000, "2y80d"), (252_288_000, "8y"),
    ])
    func `Ages are those of kubectl`(seconds: Int, text: String) {
        #expect(AgeText.text(.seconds(seconds)) == text)
    }

    @Test func `A table is as wide as what it has shown so far, and its last column is free`() {
        var table = AlignedRows(header: ["NAME", "WHY"])
        #expect(table.lines([["us-east", "x"]], isFirst: true) == ["NAME      WHY", "us-east   x"])
        #expect(table.lines([["eu", "a long story"]], isFirst: false) == ["eu        a long story"])
    }

    @Test func `What others say does nothing to a terminal`() {
        #expect("two\nlines\tand \u{1B}[2Jno more".plainLine == "two lines and \u{FFFD}[2Jno more")
        #expect("äöü… “x”".plainLine == "äöü… “x”")
        var table = AlignedRows(header: ["A", "B"])
        #expect(table.lines([["x", "y\u{9B}z"]], isFirst: false) == ["x   y\u{FFFD}z"])
    }

    @Test func `JSON for people has a member on each line`() {
        let value: JSON = ["a": 1, "b": [true, ["c": "x\n"]], "none": [], "empty": [:]]
        let text = """
            {
              "a": 1,
              "b": [
                true,
                {
                  "c": "x\\n"
                }
              ],
              "none": [],
              "empty": {}
            }
            """
        #expect(value.indented == text)
    }
}
