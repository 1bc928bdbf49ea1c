/// An amount of a resource ("500m", "1.5Gi", "2e3"), exact in billionths, by the rules of apimachinery's
/// `api/resource.Quantity`.
///
/// Equality, order and hash look at the amount alone: "1Gi" equals "1073741824". Sums and differences stop at the ends
/// of the range, about ±1.7e29.
package struct Quantity: Sendable {
    /// How `description` writes the amount.
    package enum Format: Sendable {
        /// Powers of 1000: n, u, m, k, M, G, T, P, E.
        case decimalSI
        /// Powers of 1024: Ki, Mi, Gi, Ti, Pi, Ei.
        case binarySI
        /// A power of ten in multiples of three: "12e6".
        case decimalExponent
    }

    static let nanosPerUnit: Int128 = 1_000_000_000

    let nanos: Int128
    package let format: Format

    init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    package init(units: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(units) * Self.nanosPerUnit, format: format)
    }

    package init(milli: Int64, format: Format = .decimalSI) {
        self.init(nanos: Int128(milli) * 1_000_000, format: format)
    }

    package static let zero = Quantity(nanos: 0, format: .decimalSI)

    package var isZero: Bool { nanos == 0 }

    /// In whole units; fractions are rounded away from zero, and amounts beyond `Int64` stop at its ends.
    package var value: Int64 { rounded(to: Self.nanosPerUnit) }

    /// In thousandths, with the rounding of `value`: the usual measure of CPU.
    package var milliValue: Int64 { rounded(to: 1_000_000) }

    /// In units, as near as a `Double` comes.
    package var number: Double { Double(nanos) / Double(Self.nanosPerUnit) }

    /// How many times an amount fits; zero where either is not positive.
    package func fitting(_ part: Quantity) -> Int64 {
        guard part.nanos > 0, nanos > 0 else { return 0 }
        return Int64(clamping: nanos / part.nanos)
    }

    private func rounded(to unit: Int128) -> Int64 {
        let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: unit)
        return Int64(clamping: quotient + remainder.signum())
    }
}

// MARK: - Arithmetic

extension Quantity {
    /// The sum, in the format of the first operand unless that is zero.
    package static func + (left: Quantity, right: Quantity) -> Quantity {
        let (sum, overflow) = left.nanos.addingReportingOverflow(right.nanos)
        let limit: Int128 = right.nanos < 0 ? .min : .max
        return Quantity(nanos: overflow ? limit : sum, format: left.isZero ? right.format : left.format)
    }

    /// The difference, in the format of the first operand unless that is zero.
    package static func - (left: Quantity, right: Quantity) -> Quantity {
        let (difference, overflow) = left.nanos.subtractingReportingOverflow(right.nanos)
        let limit: Int128 = right.nanos < 0 ? .max : .min
        return Quantity(nanos: overflow ? limit : difference, format: left.isZero ? right.format : left.format)
    }

    package static func += (left: inout Quantity, right: Quantity) { left = left + right }
    package static func -= (left: inout Quantity, right: Quantity) { left = left - right }
}

extension Quantity: Comparable, Hashable {
    package static func == (left: Quantity, right: Quantity) -> Bool { left.nanos == right.nanos }
    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    package func hash(into hasher: inout Hasher) { hasher.combine(nanos) }
}
