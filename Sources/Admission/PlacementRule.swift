internal import KubeModel

/// Makes the node selector of the annotation by which a pod names its cluster
/// (`docs/decisions/0017-no-annotation-for-a-cluster.md`). Pure.
struct PlacementRule: AdmissionRule {
    /// Every virtual node carries it, with the name of its cluster: those of a cluster that several stand for, too.
    static let label = "martlet.dev/cluster"

    /// The annotations that name a cluster.
    let annotations: [String]

    func verdict(on pod: JSON) -> AdmissionVerdict {
        let present = ObjectMeta(pod).annotations
        let wishes = annotations.compactMap { key in present[key].map { Wish(annotation: key, cluster: $0) } }
        guard let wish = wishes.first else { return .unchanged }
        if let problem = wish.problem { return .denied(problem) }
        if let other = wishes.first(where: { $0.cluster != wish.cluster }) {
            return .denied("\(wish), but \(other)")
        }
        let selector = pod.at("spec", "nodeSelector")
        switch selector?[Self.label]?.string {
        case wish.cluster: return .unchanged
        case let chosen?:
            let value = cut(chosen, Wish.mostScalars)
            return .denied("\(wish), but the pod's nodeSelector asks for \(Self.label)=\(value)")
        case nil: break
        }
        guard selector?.object != nil else {
            return .allowed([.add(JSONPointer(["spec", "nodeSelector"]), [Self.label: .string(wish.cluster)])])
        }
        return .allowed([.add(JSONPointer(["spec", "nodeSelector", Self.label]), .string(wish.cluster))])
    }
}

/// An annotation that names a cluster.
private struct Wish: CustomStringConvertible {
    let annotation: String
    let cluster: String

    /// Why the value can be no cluster's name; nil if it can.
    var problem: String? {
        guard !cluster.isEmpty else { return "the annotation \(annotation) is empty: it has to name a cluster" }
        guard !LabelSyntax.isValue(cluster) else { return nil }
        return "\(self), which is no value of a label: at most 63 letters, digits, '-', '_' and '.', with a letter or "
            + "digit at both ends"
    }

    /// Of a value in a message. Annotations may be long; names of clusters are not.
    static let mostScalars = 80

    var description: String {
        "the annotation \(annotation) names cluster \"\(cut(cluster, Self.mostScalars))\""
    }
}
