/// Collects the members of one object and resolves repeated keys: the last value wins, in the place of the first.
///
/// A repeated key is looked for only if a 64-bit filter over the keys so far says that there may be one; objects wider
/// than `tableWidth` get a hash table, so that hostile input does not cost the square of its width.
struct JSONObjectBuilder {
    private static let tableWidth = 64

    private(set) var members: [JSONObject.Element] = []
    private var filter: UInt64 = 0
    private var places: [KeyText: Int] = [:]

    init(capacity: Int) {
        members.reserveCapacity(capacity)
    }

    mutating func append(_ key: String, _ value: JSON) {
        var text = key
        append(key, value, filterBit: text.withUTF8 { Self.filterBit(UnsafeRawBufferPointer($0)) })
    }

    /// The same, for a caller that has the bytes of the key at hand to get the `filterBit` from.
    mutating func append(_ key: String, _ value: JSON, filterBit: UInt64) {
        if let index = place(of: key, filterBit: filterBit) {
            members[index].value = value
        } else {
            members.append((key, value))
        }
    }

    /// Where the key stands already; notes it as seen.
    private mutating func place(of key: String, filterBit: UInt64) -> Int? {
        guard members.count < Self.tableWidth else { return placeInTable(of: key) }
        guard filter & filterBit != 0 else {
            filter |= filterBit
            return nil
        }
        return members.firstIndex { $0.key.isSameText(as: key) }
    }

    private mutating func placeInTable(of key: String) -> Int? {
        if places.isEmpty {
            for (index, member) in members.enumerated() { places[KeyText(member.key)] = index }
        }
        let text = KeyText(key)
        if let index = places[text] { return index }
        places[text] = members.count
        return nil
    }

    /// One of 64 bits, the same for the same key.
    static func filterBit(_ key: UnsafeRawBufferPointer) -> UInt64 {
        guard let first = key.first, let last = key.last else { return 1 }
        return 1 << ((UInt64(first) &* 7 &+ UInt64(last) &* 31 &+ UInt64(key.count)) & 63)
    }
}

/// A key compared byte by byte: JSON keys that differ only in Unicode normalisation are different keys.
struct KeyText: Hashable {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: KeyText, right: KeyText) -> Bool {
        left.text.isSameText(as: right.text)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension String {
    /// Equality of bytes. Swift's `==` also takes texts for equal that differ in Unicode normalisation; Go and JSON
    /// do not. (An ASCII text has no other normal form of the same length.)
    func isSameText(as other: String) -> Bool {
        utf8.count == other.utf8.count && self == other
            && (utf8Span.isKnownASCII || utf8.elementsEqual(other.utf8))
    }
}
