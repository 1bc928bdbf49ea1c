import KubeModel
import Testing

@Suite struct QuantityTests {
    @Test(
        "A quantity has the canonical form and the value that Kubernetes gives it",
        arguments: [
            ("0", "0", 0, 0), ("-0", "0", 0, 0), ("0Gi", "0", 0, 0), ("0e99", "0", 0, 0), ("000", "0", 0, 0),
            ("1", "1", 1, 1_000), ("+1", "1", 1, 1_000), ("01", "1", 1, 1_000), ("1.0", "1", 1, 1_000),
            (".5", "500m", 1, 500), ("5.", "5", 5, 5_000), ("1.G", "1G", 1_000_000_000, 1_000_000_000_000),
            ("0.5", "500m", 1, 500), ("500m", "500m", 1, 500), ("1000m", "1", 1, 1_000), ("1500m", "1500m", 2, 1_500),
            ("100u", "100u", 1, 1), ("1500000u", "1500m", 2, 1_500), ("1n", "1n", 1, 1), ("1000n", "1u", 1, 1),
            ("0.1n", "1n", 1, 1), ("0.0000000001", "1n", 1, 1), ("1e-100", "1e-9", 1, 1), ("-0.1n", "-1n", -1, -1),
            ("1k", "1k", 1_000, 1_000_000), ("1000", "1k", 1_000, 1_000_000), ("1500", "1500", 1_500, 1_500_000),
            ("1000k", "1M", 1_000_000, 1_000_000_000), ("0.001k", "1", 1, 1_000), ("12.5M", "12500k", 12_500_000, nil),
            ("1T", "1T", 1_000_000_000_000, nil), ("1P", "1P", 1_000_000_000_000_000, nil),
            ("1E", "1E", 1_000_000_000_000_000_000, nil), ("1000E", "1000E", .max, .max),
            ("1Ki", "1Ki", 1_024, nil), ("1024", "1024", 1_024, nil), ("1023Ki", "1023Ki", 1_047_552, nil),
            ("1024Ki", "1Mi", 1_048_576, nil), ("1.5Gi", "1536Mi", 1_610_612_736, nil),
            ("128Mi", "128Mi", 134_217_728, nil), ("1Ti", "1Ti", 1 << 40, nil), ("1Pi", "1Pi", 1 << 50, nil),
            ("1Ei", "1Ei", 1 << 60, nil), ("0.5Ki", "512", 512, 512_000), ("0.0001Ki", "102400u", 1, 103),
            ("1.1Ki", "1126400m", 1_127, nil), ("-1.5Ki", "-1536", -1_536, nil), ("-2Ki", "-2Ki", -2_048, nil),
            ("8Ei", "9223372036854775807", .max, .max), ("99999Ei", "9223372036854775807", .max, .max),
            ("9223372036854775807", "9223372036854775807", .max, .max), ("9223372036854775808", nil, .max, .max),
            ("1e3", "1e3", 1_000, nil), ("1E3", "1e3", 1_000, nil), ("1e-3", "1e-3", 1, 1),
            ("12e5", "1200e3", nil, nil),
            ("1e+3", "1e3", 1_000, nil), ("100e1", "1e3", 1_000, nil), ("5e0", "5", 5, nil),
            ("1e21", "1e21", .max, .max),
            ("0.000000001e9", "1", 1, 1_000), ("-1.5e3", "-1500", -1_500, -1_500_000),
            ("3.000000000000000000000000000000000000", "3", 3, 3_000),
        ] as [(String, String?, Int64?, Int64?)]
    )
    func canonical(text: String, canonical: String?, value: Int64?, milliValue: Int64?) throws {
        let quantity = try Quantity(text)
        if let canonical { #expect(quantity.description == canonical) }
        if let value { #expect(quantity.value == value) }
        if let milliValue { #expect(quantity.milliValue == milliValue) }
        let again = try Quantity(quantity.description)
        #expect(again == quantity)
        #expect(again.description == quantity.description)
    }

    @Test(
        "What Kubernetes refuses is an error",
        arguments: [
            ("", .malformed), (" ", .malformed), (".", .malformed), ("-", .malformed), ("+", .malformed),
            ("1 ", .malformed), (" 1", .malformed), ("--1", .malformed), ("1.1.M", .malformed), ("1+1.0M", .malformed),
            ("0x10", .malformed), ("1,5", .malformed), ("m", .malformed), ("1e", .malformed), ("1e+", .malformed),
            ("1e1.5", .malformed), ("1e3Ki", .malformed), ("-3.01e-", .malformed),
            ("1e9999999999999999999", .malformed),
            ("٣", .malformed), ("1\u{0}", .malformed),
            ("aoeu", .malformed), ("0.1mi", .unknownSuffix), ("0.1am", .unknownSuffix), ("1i", .unknownSuffix),
            ("1K", .unknownSuffix), ("1ki", .unknownSuffix), ("1KI", .unknownSuffix), ("1mm", .unknownSuffix),
            ("1B", .unknownSuffix), ("-3.01i", .unknownSuffix),
            ("1e30", .outOfRange), ("1e999999", .outOfRange), ("170141183460E", nil), ("170141183461E", .outOfRange),
            ("1000000000000E", .outOfRange),
            ("123456789012345678901234567890123456789", .outOfRange),
            ("0.111111111111111111111111111111111111111", .outOfRange),
        ] as [(String, QuantityError.Reason?)]
    )
    func refuse(text: String, reason: QuantityError.Reason?) {
        var thrown: QuantityError?
        do {
            _ = try Quantity(text)
        } catch {
            thrown = error
        }
        #expect(thrown?.reason == reason)
    }

    @Test(
        "Sums and differences are exact and keep the first format unless it is zero",
        arguments: [
            ("1Gi", "512Mi", "1536Mi", "512Mi"),
            ("1Gi", "1", "1073741825", "1073741823"),
            ("1", "1Ki", "1025", "-1023"),
            ("0", "1Ki", "1Ki", "-1Ki"),
            ("250m", "750m", "1", "-500m"),
            ("1n", "1E", "1000000000000000000000000001n", "-999999999999999999999999999n"),
            ("1e3", "1", "1001", "999"),
            ("-1", "1", "0", "-2"),
        ]
    )
    func arithmetic(left: String, right: String, sum: String, difference: String) throws {
        let (left, right) = (try Quantity(left), try Quantity(right))
        #expect((left + right).description == sum)
        #expect((left - right).description == difference)
        var changed = left
        changed += right
        changed -= right
        #expect(changed == left)
    }

    @Test("Sums stop at the ends of the range instead of trapping")
    func saturation() throws {
        var sum = try Quantity("100000000000E")
        let low = try Quantity("-100000000000E")
        for _ in 0..<4 { sum += sum }
        #expect(sum > .zero)
        #expect(low - sum - sum < .zero)
        #expect(sum.value == .max)
        #expect((low - sum).value == .min)
    }

    @Test("Order and equality look at the amount, not at the format")
    func order() throws {
        let texts = ["-1Ki", "-1", "0", "1n", "1m", "0.5", "1", "1k", "1Ki", "1e6", "1Mi", "1Ei"]
        let quantities = try texts.map { try Quantity($0) }
        #expect(quantities.shuffled().sorted() == quantities)
        #expect(try Quantity("1Ki") == Quantity("1.024k"))
        #expect(Set([try Quantity("1Ki"), try Quantity("1024")]).count == 1)
    }

    @Test("Whole and thousandth amounts can be made without text")
    func constructors() {
        #expect(Quantity(units: 110).description == "110")
        #expect(Quantity(units: 2_048, format: .binarySI).description == "2Ki")
        #expect(Quantity(milli: 1_500).description == "1500m")
        #expect(Quantity(units: .max).value == .max)
        #expect(Quantity.zero.isZero)
    }
}
