/// A JSON value that keeps everything it was given: the form in which Kubernetes objects travel through martlet, so
/// that fields of newer API versions survive a round trip.
///
/// Integers that fit are `int`, exactly; integers above `Int64.max` become `double` and may lose digits.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

// MARK: - Reading

extension JSON {
    /// The member of an object; nil for other values and absent members. JSON `null` is `.null`, not nil.
    ///
    /// Setting nil removes the member. Setting turns `.null` into an object; on any other value that is not an object
    /// it does nothing, because there is no member to change.
    package subscript(key: String) -> JSON? {
        get {
            guard case .object(let object) = self else { return nil }
            return object[key]
        }
        set {
            switch self {
            case .object(var object):
                self = .null  // leaves `object` as the only owner of its storage: no copy
                object[key] = newValue
                self = .object(object)
            case .null:
                guard let newValue else { return }
                self = .object([key: newValue])
            case .bool, .int, .double, .string, .array:
                break
            }
        }
    }

    /// The element of an array; nil for other values and out of bounds.
    package subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value at the end of a path of object members: `pod.at("metadata", "labels", "app")`.
    package func at(_ path: String...) -> JSON? {
        var current = self
        for key in path {
            guard let next = current[key] else { return nil }
            current = next
        }
        return current
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer; also of a number written with a fraction or exponent if its value is a whole number (`3.0`).
    package var int: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(whole: value)
        default: nil
        }
    }

    /// The number, whichever way it is written.
    package var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var array: [JSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

// MARK: - Equality

extension JSON: Equatable {
    /// Equality of meaning: members in any order, and `1` equals `1.0` (RFC 6902 section 4.6).
    package static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.int(let int), .double(let double)), (.double(let double), .int(let int)):
            Int64(whole: double) == int
        case (.string(let left), .string(let right)): left.isSameText(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

// MARK: - Literals

// Not `nil` for `.null`: `condition ? nil : json` would then be `.null` where an absent value is meant.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}

extension JSON {
    /// An object of strings, such as labels or annotations, in key order.
    package init(_ strings: [String: String]) {
        let pairs = strings.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        self = .object(JSONObject(pairs))
    }

    /// The members whose values are strings, of an object such as labels or annotations; empty for other values.
    package var stringMap: [String: String] {
        guard case .object(let object) = self else { return [:] }
        var map: [String: String] = [:]
        map.reserveCapacity(object.count)
        for (key, value) in object {
            if case .string(let text) = value { map[key] = text }
        }
        return map
    }
}

extension Int64 {
    /// The same number, or nil if it has a fraction or lies outside. (`init(exactly:)` would link libm for this.)
    fileprivate init?(whole number: Double) {
        guard number >= -0x1p63, number < 0x1p63 else { return nil }
        self.init(number)
        guard Double(self) == number else { return nil }
    }
}
