import KubeModel

/// Rewrites what a pod spec says of ServiceAccount tokens, volumes and mounts. Pure.
///
/// The ServiceAccount admission controller adds a volume to nearly every pod: `<account>-token-xxxxx` from a Secret up
/// to Kubernetes 1.20, `kube-api-access-xxxxx` as a projected volume since 1.21. Where tokens do not go along those are
/// left out without a word; one that the pod's author wrote is told. Where they do, each source of a token becomes an
/// item of the Secret in which martlet keeps the pod's tokens.
struct TokenVolumes {
    let delivery: AccountDelivery
    /// The names of Secrets that hold a ServiceAccount token.
    let tokenSecrets: Set<String>
    /// What the pod's owner should know.
    private(set) var notices: [TranslationNotice] = []
    /// The tokens that the Secret must hold, in the order of its keys.
    private(set) var needs: [TokenNeed] = []

    /// Where containers look for the token (kubernetes plugin/pkg/admission/serviceaccount).
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// The ConfigMap with the cluster's authority in each namespace (kubernetes pkg/controller/certificates/rootcacertpublisher).
    static let authorityConfigMap = "kube-root-ca.crt"

    init(delivery: AccountDelivery = .none, tokenSecrets: Set<String>) {
        self.delivery = delivery
        self.tokenSecrets = tokenSecrets
    }

    /// The spec without the volumes that the admission controller added.
    static func withoutInjected(_ spec: JSON) -> JSON {
        var result = spec
        var tokens = TokenVolumes(tokenSecrets: [])
        tokens.apply(to: &result)
        return result
    }

    /// The spec without the volumes that are left out where they hold a token: the admission controller's and Secrets.
    static func withoutSecrets(_ spec: JSON) -> JSON {
        var result = withoutInjected(spec)
        result["volumes"] = (result["volumes"]?.array).map { .array($0.filter { $0["secret"] == nil }) }
        return result
    }

    /// The name of the pod's ServiceAccount.
    static func account(of spec: JSON) -> String {
        for field in ["serviceAccountName", "serviceAccount"] {
            if let name = spec[field]?.string, !name.isEmpty { return name }
        }
        return "default"
    }

    mutating func apply(to spec: inout JSON) {
        guard let volumes = spec["volumes"]?.array else { return }
        let injected = Self.injectedVolumes(in: spec)
        var dropped: Set<String> = []
        var kept: [JSON] = []
        for volume in volumes {
            let name = volume["name"]?.string ?? ""
            guard let remaining = rewritten(volume, isInjected: injected.contains(name)) else {
                dropped.insert(name)
                continue
            }
            kept.append(remaining)
        }
        spec["volumes"] = kept.isEmpty ? nil : .array(kept)
        Self.removeMounts(of: dropped, from: &spec)
    }

    /// The volume as it goes to the remote; nil where nothing of it is left.
    private mutating func rewritten(_ volume: JSON, isInjected: Bool) -> JSON? {
        if let secret = volume.at("secret", "secretName")?.string {
            guard isInjected || tokenSecrets.contains(secret) else { return volume }
            return legacy(volume, isInjected: isInjected)
        }
        guard let sources = volume.at("projected", "sources")?.array,
            sources.contains(where: { $0["serviceAccountToken"] != nil })
        else { return volume }
        switch delivery {
        case .none: return withoutTokens(volume, sources, isInjected: isInjected)
        case .remote: return isInjected ? nil : volume
        case .origin(let secret, _): return replacing(sources, of: volume, by: secret, isInjected: isInjected)
        }
    }

    private mutating func withoutTokens(_ volume: JSON, _ sources: [JSON], isInjected: Bool) -> JSON? {
        if isInjected { return nil }
        tell(volume)
        let others = sources.filter { $0["serviceAccountToken"] == nil }
        return others.isEmpty ? nil : Self.with(others, in: volume)
    }

    /// A token Secret itself never leaves the origin: such a token is good for ever. The one that the admission
    /// controller mounted is replaced by one that ends with the pod.
    private mutating func legacy(_ volume: JSON, isInjected: Bool) -> JSON? {
        guard isInjected else {
            tell(volume)
            return nil
        }
        guard case .origin(let secret, _) = delivery else { return nil }
        let token = key(of: .standard)
        var source: JSON = [
            "secretName": .string(secret),
            "items": [
                ["key": .string(token), "path": "token"],
                ["key": .string(TokenOrder.authorityKey), "path": "ca.crt"],
                ["key": .string(TokenOrder.namespaceKey), "path": "namespace"],
            ],
        ]
        source["defaultMode"] = volume.at("secret", "defaultMode")
        var result = volume
        result["secret"] = source
        return result
    }

    private mutating func tell(_ volume: JSON) {
        let name = volume["name"]?.string ?? ""
        notices.append(
            TranslationNotice(
                reason: "ServiceAccountTokenDropped",
                message: "Volume \"\(name)\" asks for a ServiceAccount token; the pod runs elsewhere without it."
            )
        )
    }
}

// MARK: - Tokens of the origin

extension TokenVolumes {
    private mutating func replacing(_ sources: [JSON], of volume: JSON, by secret: String, isInjected: Bool) -> JSON {
        Self.with(sources.map { replacing($0, by: secret, isInjected: isInjected) }, in: volume)
    }

    /// A token, the authority beside it, and in the injected volume the namespace are the origin's.
    private mutating func replacing(_ source: JSON, by secret: String, isInjected: Bool) -> JSON {
        if let token = source["serviceAccountToken"] {
            let audience = token["audience"]?.string
            let need = TokenNeed(
                audience: audience?.isEmpty == false ? audience : nil,
                expirationSeconds: token["expirationSeconds"]?.int
            )
            return Self.source(secret, [["key": .string(key(of: need)), "path": token["path"] ?? "token"]])
        }
        if source.at("configMap", "name")?.string == Self.authorityConfigMap {
            let items = source.at("configMap", "items")?.array ?? [["key": "ca.crt", "path": "ca.crt"]]
            return Self.source(secret, items)
        }
        if isInjected, source["downwardAPI"] != nil {
            return Self.source(secret, [["key": .string(TokenOrder.namespaceKey), "path": "namespace"]])
        }
        return source
    }

    /// The key of a token in the Secret; equal needs share one.
    private mutating func key(of need: TokenNeed) -> String {
        if let index = needs.firstIndex(of: need) { return TokenOrder.key(index) }
        needs.append(need)
        return TokenOrder.key(needs.count - 1)
    }

    private static func source(_ secret: String, _ items: [JSON]) -> JSON {
        ["secret": ["name": .string(secret), "items": .array(items)]]
    }

    private static func with(_ sources: [JSON], in volume: JSON) -> JSON {
        var projected = volume["projected"] ?? [:]
        projected["sources"] = .array(sources)
        var result = volume
        result["projected"] = projected
        return result
    }
}

// MARK: - Injected volumes

extension TokenVolumes {
    /// The names of volumes that the ServiceAccount admission controller added: named by its pattern and mounted at
    /// its path.
    private static func injectedVolumes(in spec: JSON) -> Set<String> {
        let account = account(of: spec)
        var names: Set<String> = []
        for field in DelegatePod.containerFields {
            for container in spec[field]?.array ?? [] {
                for mount in container["volumeMounts"]?.array ?? [] where mount["mountPath"]?.string == mountPath {
                    guard let name = mount["name"]?.string, isInjectedName(name, account: account) else { continue }
                    names.insert(name)
                }
            }
        }
        return names
    }

    private static func isInjectedName(_ name: String, account: String) -> Bool {
        name.hasPrefix("kube-api-access-") || name.hasPrefix("\(account)-token-")
    }

    private static func removeMounts(of volumes: Set<String>, from spec: inout JSON) {
        guard !volumes.isEmpty else { return }
        for field in DelegatePod.containerFields {
            guard let containers = spec[field]?.array else { continue }
            spec[field] = .array(containers.map { removeMounts(of: volumes, in: $0) })
        }
    }

    private static func removeMounts(of volumes: Set<String>, in container: JSON) -> JSON {
        guard let mounts = container["volumeMounts"]?.array else { return container }
        var result = container
        let kept = mounts.filter { !volumes.contains($0["name"]?.string ?? "") }
        result["volumeMounts"] = kept.isEmpty ? nil : .array(kept)
        return result
    }
}
