package import KubeModel

/// Finds what of a pod's spec its delegate has otherwise, and why, by ``PodFieldTable``. What the delegate has beside it
/// is no difference: clusters add defaults. Pure.
package struct FieldComparison {
    private var differences: [FieldDifference] = []

    private init() {}

    /// - Parameters:
    ///   - pod: as the origin has it.
    ///   - delegate: as its cluster has it.
    package static func differences(of pod: JSON, from delegate: JSON) -> [FieldDifference] {
        var comparison = FieldComparison()
        let spec = pod["spec"] ?? [:]
        let kept = TokenVolumes.withoutInjected(spec)
        comparison.noteInjected(spec, kept)
        comparison.compare(kept, delegate["spec"], at: Place("spec"))
        return comparison.differences
    }

    /// A place in the pod: with the names of elements, and as the table has it.
    private struct Place {
        let path: String
        let template: String

        init(_ word: String) { self.init(path: word, template: word) }

        private init(path: String, template: String) {
            self.path = path
            self.template = template
        }

        func member(_ key: String) -> Place {
            // What holds for a container's field holds for init and ephemeral containers too.
            let isContainers = template == "spec" && DelegatePod.containerFields.contains(key)
            let word = isContainers && PodFieldTable.exactRow("spec.\(key)") == nil ? "containers" : key
            return Place(path: "\(path).\(key)", template: "\(template).\(word)")
        }

        func element(_ name: String) -> Place { Place(path: "\(path)[\(name)]", template: "\(template)[]") }
    }

    /// The token volumes that the origin's admission has added.
    private mutating func noteInjected(_ spec: JSON, _ kept: JSON) {
        let left = Set((kept["volumes"]?.array ?? []).compactMap { $0["name"]?.string })
        let row = PodFieldTable.exactRow("spec.volumes[].projected.sources[].serviceAccountToken")
        for volume in spec["volumes"]?.array ?? [] {
            guard let row, let name = volume["name"]?.string, !left.contains(name) else { continue }
            add(row, "spec.volumes[\(name)]", isMissing: false, isOrdinary: true)
        }
    }

    private mutating func compare(_ value: JSON, _ other: JSON?, at place: Place) {
        guard !value.isNothing, value != other else { return }
        if let row = PodFieldTable.exactRow(place.template) { return note(row, value, other, place) }
        if value.string == TokenVolumes.authorityConfigMap {
            let why = "the origin's authority has another name in a cluster, which has one of its own"
            return add(.rewritten, why, place.path, isMissing: other == nil)
        }
        if let members = value.object, let other, other.object != nil {
            for (key, member) in members { compare(member, other[key], at: place.member(key)) }
        } else if let elements = value.array, let others = other?.array {
            compare(elements, others, at: place)
        } else if let other {
            add(
                nil,
                "changed by a patch of the cluster's configuration, or by the cluster",
                place.path,
                isMissing: other.isNothing
            )
        } else if !descend(value, at: place) {
            add(
                nil,
                "taken off by a patch of the configuration, or not kept by the cluster",
                place.path,
                isMissing: true
            )
        }
    }

    /// Elements of a list are known again by what is unique to each, or by their order.
    private mutating func compare(_ elements: [JSON], _ others: [JSON], at place: Place) {
        let key = FieldLoss.identity(of: elements)
        let known = key.map { FieldLoss.index(others, by: $0) } ?? [:]
        for (index, element) in elements.enumerated() {
            guard let key, let name = element[key] else {
                compare(element, others.indices.contains(index) ? others[index] : nil, at: place.element("\(index)"))
                continue
            }
            compare(element, known[name.text], at: place.element(name.string ?? name.text))
        }
    }

    /// Looks for rows of the table below something that is not there. Returns whether there was one.
    private mutating func descend(_ value: JSON, at place: Place) -> Bool {
        let before = differences.count
        for (key, member) in value.object ?? [:] where !member.isNothing {
            let inner = place.member(key)
            if let row = PodFieldTable.exactRow(inner.template) {
                note(row, member, nil, inner)
            } else if PodFieldTable.hasRows(below: inner.template) {
                _ = descend(member, at: inner)
            }
        }
        for (index, element) in (value.array ?? []).enumerated() {
            _ = descend(element, at: place.element(element["name"]?.string ?? "\(index)"))
        }
        return differences.count > before
    }

    private mutating func note(_ row: PodField, _ value: JSON, _ other: JSON?, _ place: Place) {
        // Where something is added, what the pod has is still there.
        if row.fate == .configured, let own = value.array, let all = other?.array, own.allSatisfy(all.contains) {
            return
        }
        add(row, place.path, isMissing: other == nil, isOrdinary: Self.isOrdinary(place.path, value))
    }

    private mutating func add(_ row: PodField, _ path: String, isMissing: Bool, isOrdinary: Bool) {
        differences.append(
            FieldDifference(path: path, isMissing: isMissing, fate: row.fate, why: row.why, isOrdinary: isOrdinary)
        )
    }

    private mutating func add(_ fate: PodField.Fate?, _ why: String, _ path: String, isMissing: Bool) {
        differences.append(FieldDifference(path: path, isMissing: isMissing, fate: fate, why: why, isOrdinary: false))
    }

    /// What API servers write into every pod that does not say otherwise.
    private static func isOrdinary(_ path: String, _ value: JSON) -> Bool {
        switch path {
        case "spec.nodeName", "spec.automountServiceAccountToken": true
        case "spec.schedulerName": value == "default-scheduler"
        case "spec.priority": value == 0
        case "spec.preemptionPolicy": value == "PreemptLowerPriority"
        case "spec.serviceAccountName", "spec.serviceAccount": value == "default"
        default: false
        }
    }
}

extension JSON {
    /// Servers leave out what is empty.
    fileprivate var isNothing: Bool {
        isNull || string?.isEmpty == true || array?.isEmpty == true || object?.isEmpty == true
    }
}

extension PodFieldTable {
    fileprivate static func exactRow(_ path: String) -> PodField? { rows.first { $0.path == path } }

    fileprivate static func hasRows(below path: String) -> Bool {
        rows.contains { $0.path != path && PodField(path, .left, "").covers($0.path) }
    }
}
