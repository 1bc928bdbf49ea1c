/// Times as Kubernetes writes them, RFC 3339 in UTC, from and to seconds since 1970.
///
/// A `Double` of seconds is exact to a quarter of a microsecond in this century, which `metav1.MicroTime` needs.
package enum Timestamp {
    /// Reads RFC 3339 with any offset and fraction ("2024-02-29T12:00:00.5+01:00"); nil if it is not a time.
    package static func parse(_ text: String) -> Double? {
        var reader = TimestampReader(text)
        guard
            let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T"),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.fraction(),
            let offset = reader.offset(),
            reader.isAtEnd,
            (1...12).contains(month), day >= 1, day <= Calendar.days(inMonth: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Calendar.daysSince1970(year: year, month: month, day: day)
        return Double(days * 86_400 + hour * 3_600 + minute * 60 + second - offset) + fraction
    }

    /// `metav1.Time`: whole seconds, fractions cut off ("2024-02-29T11:00:00Z").
    package static func format(_ seconds: Double) -> String {
        format(microseconds: microseconds(seconds), withFraction: false)
    }

    /// `metav1.MicroTime`: always six digits of fraction ("2024-02-29T11:00:00.500000Z").
    package static func formatMicro(_ seconds: Double) -> String {
        format(microseconds: microseconds(seconds), withFraction: true)
    }

    /// To the nearest microsecond, within the years 1 to 9999, which is what the format can say.
    private static func microseconds(_ seconds: Double) -> Int64 {
        let bounded = min(max(seconds, -62_135_596_800), 253_402_300_799)
        return Int64(clamping: bounded * 1_000_000 + (bounded < 0 ? -0.5 : 0.5))
    }

    private static func format(microseconds: Int64, withFraction: Bool) -> String {
        let (days, inDay) = microseconds.flooredQuotientAndRemainder(dividingBy: 86_400_000_000)
        let (secondOfDay, fraction) = Int(inDay).quotientAndRemainder(dividingBy: 1_000_000)
        let (year, month, day) = Calendar.date(daysSince1970: Int(days))
        let date = "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
        let (hour, minute, second) = (secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60)
        let time = "\(padded(hour, to: 2)):\(padded(minute, to: 2)):\(padded(second, to: 2))"
        return withFraction ? "\(date)T\(time).\(padded(fraction, to: 6))Z" : "\(date)T\(time)Z"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// The proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
private enum Calendar {
    static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = marchYear.flooredQuotientAndRemainder(dividingBy: 400)
        let marchMonth = (month + 9) % 12
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * daysPerEra + dayOfEra - daysToEpoch
    }

    static func date(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + daysToEpoch).flooredQuotientAndRemainder(dividingBy: daysPerEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static let daysPerEra = 146_097
    /// From 1 March of the year 0 to 1 January 1970.
    private static let daysToEpoch = 719_468

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}

/// Reads the parts of an RFC 3339 time from left to right.
private struct TimestampReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = Substring(text).utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func number(digits: Int) -> Int? {
        let field = rest.prefix(digits)
        guard field.count == digits, field.allSatisfy(\.isASCIIDigit) else { return nil }
        rest = rest.dropFirst(digits)
        return Int(Substring(field))
    }

    /// The fraction of a second; 0 if there is none, nil if a point stands without digits.
    mutating func fraction() -> Double? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix(while: \.isASCIIDigit)
        rest = rest[digits.endIndex...]
        return digits.isEmpty ? nil : Double("0." + Substring(digits))
    }

    /// Seconds east of Greenwich.
    mutating func offset() -> Int? {
        if skip("Z") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-") else { return nil }
        guard let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2) else { return nil }
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 3_600 + minutes * 60) * (isEast ? 1 : -1)
    }
}

extension BinaryInteger {
    /// Division with a remainder that is never negative. The divisor is positive.
    fileprivate func flooredQuotientAndRemainder(dividingBy divisor: Self) -> (quotient: Self, remainder: Self) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
