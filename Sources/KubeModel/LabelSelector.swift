/// A condition on labels, in the grammar of `kubectl -l` (apimachinery `labels.Parse`): "app=web,tier in (a,b),!old".
package struct LabelSelector: Sendable, Hashable {
    /// One condition on one key.
    package struct Requirement: Sendable, Hashable {
        package let key: String
        package let condition: Condition
    }

    /// What must hold for the value of a key. An absent label fulfils only `notIn` and `absent`.
    package enum Condition: Sendable, Hashable {
        /// One of the values; written `=` if there is one.
        case isIn(Set<String>)
        /// None of the values, or no label; written `!=` if there is one.
        case notIn(Set<String>)
        case present
        case absent
        /// An integer above the bound.
        case greater(Int64)
        /// An integer below the bound.
        case less(Int64)
    }

    /// All of them must hold; sorted by key.
    package let requirements: [Requirement]

    /// Selects everything.
    package static let everything = LabelSelector([])

    package init(_ requirements: [Requirement]) {
        self.requirements = requirements.sorted { $0.key < $1.key }
    }

    /// Requires each of these labels with its value.
    package init(labels: [String: String]) {
        self.init(labels.map { Requirement(key: $0.key, condition: .isIn([$0.value])) })
    }

    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.condition.holds(for: labels[$0.key]) }
    }
}

extension LabelSelector.Condition {
    fileprivate func holds(for value: String?) -> Bool {
        switch self {
        case .isIn(let values): value.map(values.contains) ?? false
        case .notIn(let values): value.map { !values.contains($0) } ?? true
        case .present: value != nil
        case .absent: value == nil
        case .greater(let bound): value.flatMap { Int64($0) }.map { $0 > bound } ?? false
        case .less(let bound): value.flatMap { Int64($0) }.map { $0 < bound } ?? false
        }
    }
}

extension LabelSelector: CustomStringConvertible {
    /// The text to put into a `labelSelector` parameter; parsing it gives the same selector.
    package var description: String {
        requirements.map(\.description).joined(separator: ",")
    }
}

extension LabelSelector.Requirement: CustomStringConvertible {
    package var description: String {
        switch condition {
        case .isIn(let values): Self.text(key, values, one: "=", many: "in")
        case .notIn(let values): Self.text(key, values, one: "!=", many: "notin")
        case .present: key
        case .absent: "!\(key)"
        case .greater(let bound): "\(key)>\(bound)"
        case .less(let bound): "\(key)<\(bound)"
        }
    }

    private static func text(_ key: String, _ values: Set<String>, one: String, many: String) -> String {
        if values.count == 1, let value = values.first { return "\(key)\(one)\(value)" }
        return "\(key) \(many) (\(values.sorted().joined(separator: ",")))"
    }
}
