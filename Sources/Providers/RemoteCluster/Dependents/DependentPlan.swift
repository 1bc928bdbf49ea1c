import KubeModel

/// What is known of a source.
enum SourceState: Sendable, Equatable {
    /// Not asked, or not answered yet.
    case unknown
    /// The origin does not let us see it; with its words.
    case forbidden(String)
    case missing
    case present(SourceHeader)
}

/// The next step for one copy.
enum DependentStep: Sendable, Equatable {
    /// Nothing to do until something changes.
    case rest
    /// Nothing is left of it anywhere: drop what is remembered of it.
    case forget
    case create
    /// Bring the source's state to the copy, and our name as a user of it.
    case update
    /// Take the copy away and make it anew: what differs can't be changed in place.
    case replace
    /// Nobody of ours uses it any more: take it away, or our name off it.
    case remove
    /// Read past the cache that the source is gone (or may not be copied), then take the copy away.
    case removeSourceless
    /// Look whether an object of others stands where the copy would be.
    case probe
    /// The place is taken by the copy of another object of the same origin.
    case clash
}

/// Decides the next step for a copy from what is known of it in both clusters. Pure; `docs/pods.md` has the table.
enum DependentPlan {
    struct View: Sendable {
        var source: SourceState
        /// Where the source stands; nil where no pod of the origin names one.
        var sourceKey: ObjectKey?
        var copy: CopyHeader?
        var isUsed: Bool
        /// Whether a pod would start without it.
        var hasOptionalUse = false
        /// Our name among the users of a copy.
        var owner: String
        /// Somebody else has changed the copy since we wrote it.
        var isDoubtful = false
        /// An object of others stood there, as we saw last.
        var isTaken = false
        /// Nothing stood there a moment ago.
        var isVacant = false
        /// What the origin lacks may be taken away.
        var mayRemove = true
    }

    static func step(_ view: View) -> DependentStep {
        guard view.isUsed else { return stepWithoutUsers(view) }
        if let copy = view.copy {
            if copy.isTerminating { return .rest }
            if let sourceKey = view.sourceKey, copy.source != sourceKey {
                return copy.users.subtracting([view.owner]).isEmpty && view.source.isPresent ? .replace : .clash
            }
        }
        switch view.source {
        case .unknown, .forbidden: return .rest
        case .missing: return stepWithoutSource(view)
        case .present(let source): return step(view, source)
        }
    }

    private static func stepWithoutUsers(_ view: View) -> DependentStep {
        guard let copy = view.copy else { return .forget }
        // Copies of other virtual nodes are theirs; one that nobody claims was ours once.
        let isOurs = copy.users.contains(view.owner) || copy.users.isEmpty
        guard isOurs else { return .forget }
        return copy.isTerminating || !view.mayRemove ? .rest : .remove
    }

    private static func stepWithoutSource(_ view: View) -> DependentStep {
        if view.copy != nil { return view.mayRemove ? .removeSourceless : .rest }
        return view.hasOptionalUse && !view.isVacant ? .probe : .rest
    }

    private static func step(_ view: View, _ source: SourceHeader) -> DependentStep {
        guard !source.isToken else { return view.copy == nil ? .rest : .removeSourceless }
        guard let copy = view.copy else { return view.isTaken && !view.isVacant ? .probe : .create }
        if copy.sourceVersion.isEmpty { return .replace }
        if copy.sourceUID != source.metadata.uid, copy.isImmutable || copy.type != source.type { return .replace }
        let isCurrent =
            copy.sourceUID == source.metadata.uid && copy.sourceVersion == source.metadata.resourceVersion
        return isCurrent && copy.users.contains(view.owner) && !view.isDoubtful ? .rest : .update
    }
}

extension SourceState {
    var isPresent: Bool {
        if case .present = self { true } else { false }
    }

    /// What identifies the source; nil where it is not there.
    var metadata: ObjectMeta? {
        if case .present(let header) = self { header.metadata } else { nil }
    }
}
