internal import KubeModel

/// All that was found out about a pod: what the origin says of it, and what martlet does, if it could be asked. Pure.
struct PodFacts: Sendable {
    /// As the origin has it.
    let pod: JSON
    /// What has happened to it in the origin, the latest last.
    var events: [JSON] = []
    var place = PodPlace.unseen
    /// What martlet says of it (the node's page `/martlet/explain`); nil where it could not be asked.
    var keeper: JSON?
    /// What could not be read.
    var notes: [String] = []

    init(pod: JSON) {
        self.pod = pod
    }

    var metadata: ObjectMeta { ObjectMeta(pod) }
    var status: JSON { pod["status"] ?? [:] }
    var phase: PodPhase { PodPhase(status["phase"]?.string ?? PodPhase.pending.rawValue) }
    var nodeName: String { pod.at("spec", "nodeName")?.string ?? "" }
    var requests: ResourceList { PodRequests.effective(spec: pod["spec"] ?? [:]) }
    var isTerminating: Bool { metadata.deletionTimestamp != nil }

    /// A condition of the pod.
    func condition(_ type: String) -> PodCondition? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }.map(PodCondition.init)
    }

    /// A condition that says no.
    func denial(_ type: String) -> PodCondition? {
        condition(type).flatMap { $0.status == "False" || $0.status == "Unknown" ? $0 : nil }
    }

    var delegate: JSON? { keeper?["delegate"] }
}

/// Where a pod is.
enum PodPlace: Sendable {
    /// On no node; with the clusters that there are, nil where they can't be read.
    case unscheduled([ClusterRow]?)
    /// On a node that is none of martlet's.
    case foreign
    /// On a node that is not there.
    case missing
    /// On a node that can't be read.
    case unseen
    case virtual(ClusterRow)
}

/// A condition of a pod.
struct PodCondition: Sendable {
    let status: String
    let reason: String
    let message: String

    init(_ json: JSON) {
        status = json["status"]?.string ?? ""
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
    }
}
