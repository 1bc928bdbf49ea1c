/// Amounts by resource name ("cpu", "memory", "nvidia.com/gpu"). A name that is not there counts as zero.
package typealias ResourceList = [String: Quantity]

extension ResourceList {
    /// Reads an object such as `status.allocatable`; nil and other values are empty.
    ///
    /// API servers store valid quantities only. A member that is none all the same counts as not there.
    package init(json: JSON?) {
        self.init()
        for (name, value) in json?.object ?? [:] {
            // Not an error to report: see above.
            if let quantity = try? Quantity(Self.text(of: value)) { self[name] = quantity }
        }
    }

    /// Go's decoder takes numbers for quantities as well as strings.
    private static func text(of value: JSON) -> String {
        value.string ?? value.text
    }

    /// The object to write, in the order of the names.
    package var json: JSON {
        JSON(mapValues(\.description))
    }

    /// The sum by name.
    package func adding(_ other: ResourceList) -> ResourceList {
        var sum = self
        sum.add(other)
        return sum
    }

    /// As ``adding(_:)``, in place: for sums over many lists.
    package mutating func add(_ other: ResourceList) { merge(other) { $0 + $1 } }

    /// What is left by name, never below zero. Names that only the other list has are left out: there is none of them.
    package func subtracting(_ other: ResourceList) -> ResourceList {
        var rest = self
        rest.subtract(other)
        return rest
    }

    /// As ``subtracting(_:)``, in place.
    package mutating func subtract(_ other: ResourceList) {
        for (name, amount) in other {
            guard let before = self[name] else { continue }
            let after = before - amount
            self[name] = after < .zero ? Quantity(units: 0, format: before.format) : after
        }
    }

    /// The larger amount by name.
    package func maximum(_ other: ResourceList) -> ResourceList {
        merging(other) { Swift.max($0, $1) }
    }
}
