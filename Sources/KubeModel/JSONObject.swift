/// The members of a JSON object in the order in which they came, each key once.
///
/// Kubernetes objects have few members per level, so that a scan of an array is faster and smaller than a hash table.
/// Wide objects (a ConfigMap's data) stay correct; a lookup costs their width.
package struct JSONObject: Sendable {
    package typealias Element = (key: String, value: JSON)

    private var members: [Element]

    package init() {
        members = []
    }

    /// Takes the pairs in order; of equal keys the last value wins, in the place of the first, as in Go's decoder.
    package init(_ pairs: some Sequence<(String, JSON)>) {
        var builder = JSONObjectBuilder(capacity: pairs.underestimatedCount)
        for (key, value) in pairs {
            builder.append(key, value)
        }
        members = builder.members
    }

    /// Takes over members whose keys are known to differ.
    init(unique members: [Element]) {
        self.members = members
    }

    /// The member's value. Setting keeps the place of a known key and appends a new one; setting nil removes.
    package subscript(key: String) -> JSON? {
        get {
            for member in members where member.key.isSameText(as: key) {
                return member.value
            }
            return nil
        }
        set {
            let index = members.firstIndex { $0.key.isSameText(as: key) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }

    package var keys: [String] {
        members.map(\.key)
    }
}

extension JSONObject: RandomAccessCollection {
    package var startIndex: Int { members.startIndex }
    package var endIndex: Int { members.endIndex }
    package subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(elements)
    }
}

extension JSONObject: Equatable {
    /// The same members, in any order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        var inOrder = 0
        while inOrder < left.count, left.members[inOrder].key.isSameText(as: right.members[inOrder].key) {
            guard left.members[inOrder].value == right.members[inOrder].value else { return false }
            inOrder += 1
        }
        return inOrder == left.count || hasSameMembers(left.members[inOrder...], right.members[inOrder...])
    }

    /// By hash table, so that two wide objects in different orders do not cost the square of their width.
    private static func hasSameMembers(_ left: ArraySlice<Element>, _ right: ArraySlice<Element>) -> Bool {
        var places: [KeyText: Int] = [:]
        places.reserveCapacity(right.count)
        for index in right.indices {
            places[KeyText(right[index].key)] = index
        }
        return left.allSatisfy { member in
            guard let index = places[KeyText(member.key)] else { return false }
            return right[index].value == member.value
        }
    }
}
