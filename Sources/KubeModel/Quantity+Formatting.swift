extension Quantity: CustomStringConvertible {
    /// The canonical form of `resource.Quantity`: no fraction, the largest suffix that leaves none.
    ///
    /// A binary amount below 1024 or with a fraction is written as decimalSI, so that nothing is lost.
    package var description: String {
        if isZero { return "0" }
        switch format {
        case .binarySI where nanos.magnitude >= 1024 * Self.nanosPerUnit.magnitude && isWhole: return binaryText
        case .binarySI, .decimalSI: return decimalText
        case .decimalExponent: return exponentText
        }
    }

    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    private var isWhole: Bool { nanos % Self.nanosPerUnit == 0 }

    private var binaryText: String {
        let (number, power) = Self.divided(nanos / Self.nanosPerUnit, by: 1024, atMost: Self.binarySuffixes.count - 1)
        return "\(number)\(Self.binarySuffixes[power])"
    }

    private var decimalText: String {
        let (number, power) = Self.divided(nanos, by: 1000, atMost: Self.decimalSuffixes.count - 1)
        return "\(number)\(Self.decimalSuffixes[power])"
    }

    private var exponentText: String {
        let (number, power) = Self.divided(nanos, by: 1000, atMost: .max)
        let exponent = power * 3 - 9
        return exponent == 0 ? "\(number)" : "\(number)e\(exponent)"
    }

    /// Takes out the factor as often as it divides, at most `limit` times. The number is not zero.
    private static func divided(_ number: Int128, by factor: Int128, atMost limit: Int) -> (number: Int128, times: Int)
    {
        var (number, times) = (number, 0)
        while times < limit, number % factor == 0 {
            number /= factor
            times += 1
        }
        return (number, times)
    }
}
