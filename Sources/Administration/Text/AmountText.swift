package import KubeModel

/// Amounts of resources for people, rounded to what one can compare at a glance. Pure.
package enum AmountText {
    /// Cores with at most two digits after the point: "12.5".
    package static func cpu(_ amount: Quantity) -> String {
        guard amount >= .zero else {
            let text = cpu(.zero - amount)
            return text == "0" ? text : "-\(text)"
        }
        let hundredths = amount.milliValue / 10 + (amount.milliValue % 10 + 5) / 10
        return decimal(hundredths, digits: 2)
    }

    /// Bytes in the largest unit of which there is at least one, with a tenth below ten: "1.5Gi", "376Gi".
    package static func memory(_ amount: Quantity) -> String {
        let units: [(suffix: String, power: Int64)] = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)]
        let bytes = amount.value
        guard let unit = units.first(where: { bytes >= 1 << $0.power }) else { return "\(bytes)" }
        let size = Int64(1) << unit.power
        let tenths = (bytes / size) * 10 + ((bytes % size) * 10 + size / 2) / size
        return (tenths < 100 ? decimal(tenths, digits: 1) : "\((tenths + 5) / 10)") + unit.suffix
    }

    /// Any other resource: as Kubernetes writes it.
    package static func text(_ amount: Quantity, of resource: String) -> String {
        switch resource {
        case "cpu": cpu(amount)
        case "memory", "ephemeral-storage": memory(amount)
        default: amount.description
        }
    }

    /// A number of tenths or hundredths without zeros at its end.
    private static func decimal(_ number: Int64, digits: Int) -> String {
        let scale: Int64 = digits == 1 ? 10 : 100
        let (whole, rest) = number.quotientAndRemainder(dividingBy: scale)
        guard rest != 0 else { return "\(whole)" }
        var fraction = String(repeating: "0", count: digits - "\(rest)".count) + "\(rest)"
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole).\(fraction)"
    }
}
