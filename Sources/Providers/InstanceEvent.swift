package import KubeModel

/// What an instance's cluster says of it: an event there, in the terms of the pod that the instance runs for.
package struct InstanceEvent: Sendable, Hashable {
    /// The UID of the event in the cluster; the same event with a higher count has the same.
    package let id: UID
    package let podUID: UID
    /// "Normal" or "Warning".
    package let type: String
    package let reason: String
    package let message: String
    package let count: Int64
    /// RFC 3339, as the cluster wrote them.
    package let firstTimestamp: String?
    package let lastTimestamp: String?
    /// Who speaks, and where: "kubelet", "worker-1".
    package let component: String
    package let host: String
    /// The part of the pod that it is about ("spec.containers{main}"); empty for all of it.
    package let fieldPath: String

    package init(
        id: UID,
        podUID: UID,
        type: String,
        reason: String,
        message: String,
        count: Int64 = 1,
        firstTimestamp: String? = nil,
        lastTimestamp: String? = nil,
        component: String = "",
        host: String = "",
        fieldPath: String = ""
    ) {
        self.id = id
        self.podUID = podUID
        self.type = type
        self.reason = reason
        self.message = message
        self.count = count
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
        self.component = component
        self.host = host
        self.fieldPath = fieldPath
    }
}

/// Which events of a cluster its pods are told.
package enum EventScope: String, Sendable, CaseIterable {
    case none
    case warnings
    case all

    /// The field selector of those events; nil for none.
    var fieldSelector: String? {
        switch self {
        case .none: nil
        case .warnings: "involvedObject.kind=Pod,type=Warning"
        case .all: "involvedObject.kind=Pod"
        }
    }
}

/// What of a remote is told in the origin beside the status of delegates.
package struct RemoteFeedback: Sendable, Equatable {
    package var events: EventScope
    /// Annotations of delegates that become those of their pods.
    package var annotations: AnnotationFilter

    package init(events: EventScope = .warnings, annotations: AnnotationFilter = AnnotationFilter()) {
        self.events = events
        self.annotations = annotations
    }
}

/// A choice of annotations by their names, or the beginnings of their names.
package struct AnnotationFilter: Sendable, Hashable {
    private var names: Set<String> = []
    private var prefixes: [String] = []

    /// - Parameter patterns: names ("example.com/result"), or beginnings of names with an asterisk at the end
    ///   ("example.com/*").
    package init(_ patterns: [String] = []) {
        for pattern in patterns {
            if pattern.hasSuffix("*") { prefixes.append(String(pattern.dropLast())) } else { names.insert(pattern) }
        }
    }

    package var isEmpty: Bool { names.isEmpty && prefixes.isEmpty }

    package func contains(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }
}
