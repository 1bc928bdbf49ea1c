/// Who a real node is: its name in its cluster, and its place among the nodes of the run.
struct NodeIdentity: Sendable, Hashable {
    let name: String
    /// The run that the node belongs to: eight characters that name what it makes on the machine.
    let run: String
    let place: NodePlace
    let labels: [String: String]

    var address: String { place.address }

    /// The host's end of the cable to the node. Interfaces have names of at most 15 bytes.
    var cable: String { "mv\(run)-\(place.number)" }

    /// The control group that holds all processes of the node, as a path below the root of each hierarchy.
    var group: String { "\(ControlGroups.name(ofRun: run))/\(name)" }
}
