import KubeModel

/// Whether a pod may start, as far as one of the objects goes that it refers to. Pure.
enum DependentReadiness: Sendable {
    /// It stands in the remote, or the pod does without.
    case ready
    /// It holds a ServiceAccount token and is not copied; the delegate does without.
    case token
    /// It is on its way.
    case pending
    case failed(ProviderError)

    /// - Parameters:
    ///   - isVacant: whether nothing stood in its place a moment ago.
    ///   - cluster: the remote's name, for messages.
    static func of(
        _ use: DependentUse,
        source: SourceState,
        copy: CopyHeader?,
        record: DependentMemory.Record,
        isVacant: Bool,
        cluster: String
    ) -> DependentReadiness {
        let name = use.source ?? use.copy
        switch source {
        case .unknown: return .pending
        case .forbidden(let words): return .failed(.forbidden(name, words))
        case .missing where !use.isOptional: return .failed(.missing(name))
        case .missing:
            if let problem = record.problem { return .failed(problem) }
            return copy == nil && isVacant ? .ready : .pending
        case .present(let header):
            if header.isToken { return use.isLeftOutAsToken ? .token : .failed(.tokenStays(name)) }
            if let problem = record.problem { return .failed(problem) }
            guard let copy, !copy.isTerminating, !record.isGoing else { return .pending }
            if copy.source != name.place { return .failed(.nameTaken(use.copy, in: cluster)) }
            let isCurrent =
                copy.sourceUID == header.metadata.uid && copy.sourceVersion == header.metadata.resourceVersion
            return isCurrent ? .ready : .pending
        }
    }
}

extension ProviderError {
    static func missing(_ key: DependentKey) -> ProviderError {
        ProviderError(
            .missing(kind: key.kind.rawValue, key: key.place),
            reason: "Mandatory\(key.kind.rawValue)NotFound",
            message: "\(key) not found; the pod starts when it exists."
        )
    }

    static func forbidden(_ key: DependentKey, _ words: String) -> ProviderError {
        ProviderError(
            .missing(kind: key.kind.rawValue, key: key.place),
            reason: "\(key.kind.rawValue)Forbidden",
            message: "\(key) can't be read in the origin by martlet: \(words)"
        )
    }

    /// Were the delegate made, it would read whatever the remote has by that name.
    static func tokenStays(_ key: DependentKey) -> ProviderError {
        ProviderError(
            .missing(kind: key.kind.rawValue, key: key.place),
            reason: "TokenSecretNotCopied",
            message: "\(key) holds a ServiceAccount token, which stays in the origin. Only a volume of it is left out; "
                + "the pod refers to it in another way."
        )
    }

    static func nameTaken(_ copy: DependentKey, in cluster: String) -> ProviderError {
        ProviderError(
            .conflict,
            reason: "\(copy.kind.rawValue)NameTaken",
            message: "Cluster \(cluster) has a \(copy) of its own, which is left alone. Rename or remove one of them."
        )
    }
}
