/// Why a text is not a quantity.
package struct QuantityError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error {
        /// Not a number with an optional suffix.
        case malformed
        /// A suffix that Kubernetes does not know.
        case unknownSuffix
        /// More than 38 digits, or an amount beyond ±1.7e29.
        case outOfRange
    }

    package let reason: Reason
    package let text: String

    package var description: String {
        switch reason {
        case .malformed: "\"\(text)\" is not a quantity such as 500m, 2 or 1.5Gi"
        case .unknownSuffix: "\"\(text)\" has an unknown suffix; known are n u m k M G T P E, Ki Mi Gi Ti Pi Ei, e<n>"
        case .outOfRange: "\"\(text)\" is too large or has too many digits"
        }
    }
}

extension Quantity {
    /// Reads a quantity as `resource.ParseQuantity` does: amounts finer than a billionth are rounded away from zero,
    /// and binary ones stop at 2^63 - 1. Unlike there, a text without any digit is an error.
    package init(_ text: String) throws(QuantityError) {
        do {
            let number = try QuantityText(text)
            self = try number.quantity()
        } catch {
            throw QuantityError(reason: error, text: text)
        }
    }
}

/// The parts of a quantity as written.
private struct QuantityText {
    private static let mostDigits = 38

    private var isNegative = false
    /// All digits as one number, and how many of them stand behind the point.
    private var mantissa: UInt128 = 0
    private var fractionDigits = 0
    private var suffix: QuantitySuffix

    init(_ text: String) throws(QuantityError.Reason) {
        var rest = text.utf8[...]
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        let whole = rest.prefix(while: \.isASCIIDigit)
        rest = rest[whole.endIndex...]
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: \.isASCIIDigit)
            rest = rest[fraction.endIndex...]
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { throw .malformed }
        suffix = try QuantitySuffix(rest)
        try readDigits(whole: whole, fraction: fraction)
    }

    private mutating func readDigits(
        whole: Substring.UTF8View,
        fraction: Substring.UTF8View
    ) throws(QuantityError.Reason) {
        let wholeDigits = whole.drop { $0 == UInt8(ascii: "0") }
        var fraction = fraction
        while fraction.last == UInt8(ascii: "0") { fraction = fraction.dropLast() }
        guard wholeDigits.count + fraction.count <= Self.mostDigits else { throw .outOfRange }
        for digits in [wholeDigits, fraction] {
            for digit in digits { mantissa = mantissa * 10 + UInt128(digit - UInt8(ascii: "0")) }
        }
        fractionDigits = fraction.count
    }

    func quantity() throws(QuantityError.Reason) -> Quantity {
        switch suffix {
        case .decimal(let power, let format):
            return Quantity(nanos: try signed(decimalNanos(power: power)), format: format)
        case .binary(let power):
            let largest = UInt128(Int64.max) * UInt128(Quantity.nanosPerUnit)
            let nanos = min(try binaryNanos(power: power), largest)
            let isFraction = nanos > 0 && nanos < Quantity.nanosPerUnit
            return Quantity(nanos: try signed(nanos), format: isFraction ? .decimalSI : .binarySI)
        }
    }

    private func signed(_ nanos: UInt128) throws(QuantityError.Reason) -> Int128 {
        guard let magnitude = Int128(exactly: nanos) else { throw .outOfRange }
        return isNegative ? -magnitude : magnitude
    }

    private func decimalNanos(power: Int) throws(QuantityError.Reason) -> UInt128 {
        guard mantissa > 0 else { return 0 }
        let shift = power - fractionDigits + 9
        guard shift < 0 else { return try multiplied(mantissa, by: shift) }
        guard -shift <= Self.mostDigits else { return 1 }
        let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: powerOfTen(-shift))
        return remainder == 0 ? quotient : quotient + 1
    }

    private func multiplied(_ number: UInt128, by shift: Int) throws(QuantityError.Reason) -> UInt128 {
        guard shift <= Self.mostDigits else { throw .outOfRange }
        let (product, overflow) = number.multipliedReportingOverflow(by: powerOfTen(shift))
        guard !overflow else { throw .outOfRange }
        return product
    }

    private func binaryNanos(power: Int) throws(QuantityError.Reason) -> UInt128 {
        let product = mantissa.multipliedFullWidth(by: UInt128(Quantity.nanosPerUnit) << power)
        let divisor = powerOfTen(fractionDigits)
        guard product.high < divisor else { throw .outOfRange }
        let (quotient, remainder) = divisor.dividingFullWidth(product)
        return remainder == 0 ? quotient : quotient + 1
    }

    private func powerOfTen(_ exponent: Int) -> UInt128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}

/// What a quantity's number is multiplied by.
private enum QuantitySuffix {
    case decimal(power: Int, format: Quantity.Format)
    case binary(power: Int)

    /// No amount other than zero within the range has a greater power of ten.
    private static let largestExponent = 1_000

    init(_ text: Substring.UTF8View) throws(QuantityError.Reason) {
        switch String(Substring(text)) {
        case "": self = .decimal(power: 0, format: .decimalSI)
        case "n": self = .decimal(power: -9, format: .decimalSI)
        case "u": self = .decimal(power: -6, format: .decimalSI)
        case "m": self = .decimal(power: -3, format: .decimalSI)
        case "k": self = .decimal(power: 3, format: .decimalSI)
        case "M": self = .decimal(power: 6, format: .decimalSI)
        case "G": self = .decimal(power: 9, format: .decimalSI)
        case "T": self = .decimal(power: 12, format: .decimalSI)
        case "P": self = .decimal(power: 15, format: .decimalSI)
        case "E": self = .decimal(power: 18, format: .decimalSI)
        case "Ki": self = .binary(power: 10)
        case "Mi": self = .binary(power: 20)
        case "Gi": self = .binary(power: 30)
        case "Ti": self = .binary(power: 40)
        case "Pi": self = .binary(power: 50)
        case "Ei": self = .binary(power: 60)
        default: self = try Self.exponent(text)
        }
    }

    private static func exponent(_ text: Substring.UTF8View) throws(QuantityError.Reason) -> QuantitySuffix {
        guard let first = text.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") else {
            throw text.allSatisfy(\.isASCIILetter) ? .unknownSuffix : .malformed
        }
        guard let power = Int(Substring(text.dropFirst())) else { throw .malformed }
        let bounded = min(max(power, -largestExponent), largestExponent)
        return .decimal(power: bounded, format: .decimalExponent)
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isASCIILetter: Bool {
        let lower = self | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    var isASCIIAlphanumeric: Bool { isASCIIDigit || isASCIILetter }
}
