import KubeModel

/// Takes the volumes out of a pod spec that would hold a ServiceAccount token of the origin, and the mounts of them.
///
/// The ServiceAccount admission controller adds one to nearly every pod: `<account>-token-xxxxx` from a Secret up to
/// Kubernetes 1.20, `kube-api-access-xxxxx` as a projected volume since 1.21. Those go without a word; one that the
/// pod's author wrote is told.
struct TokenVolumes {
    /// The names of Secrets that hold a ServiceAccount token.
    let tokenSecrets: Set<String>
    /// What the pod's owner should know.
    private(set) var notices: [TranslationNotice] = []

    /// Where containers look for the token (kubernetes plugin/pkg/admission/serviceaccount).
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

    init(tokenSecrets: Set<String>) {
        self.tokenSecrets = tokenSecrets
    }

    /// The spec without the volumes that the admission controller added.
    static func withoutInjected(_ spec: JSON) -> JSON {
        var result = spec
        var tokens = TokenVolumes(tokenSecrets: [])
        tokens.strip(from: &result)
        return result
    }

    mutating func strip(from spec: inout JSON) {
        guard let volumes = spec["volumes"]?.array else { return }
        let injected = Self.injectedVolumes(in: spec)
        var dropped: Set<String> = []
        var kept: [JSON] = []
        for volume in volumes {
            let name = volume["name"]?.string ?? ""
            guard let remaining = withoutToken(volume, isInjected: injected.contains(name)) else {
                dropped.insert(name)
                continue
            }
            kept.append(remaining)
        }
        spec["volumes"] = kept.isEmpty ? nil : .array(kept)
        Self.removeMounts(of: dropped, from: &spec)
    }

    /// The volume without its token; nil where nothing of it is left.
    private mutating func withoutToken(_ volume: JSON, isInjected: Bool) -> JSON? {
        if let secret = volume.at("secret", "secretName")?.string {
            guard isInjected || tokenSecrets.contains(secret) else { return volume }
            if !isInjected { tell(volume) }
            return nil
        }
        guard let sources = volume.at("projected", "sources")?.array else { return volume }
        let others = sources.filter { $0["serviceAccountToken"] == nil }
        guard others.count < sources.count else { return volume }
        if isInjected { return nil }
        tell(volume)
        guard !others.isEmpty else { return nil }
        var remaining = volume
        var projected = volume["projected"] ?? [:]
        projected["sources"] = .array(others)
        remaining["projected"] = projected
        return remaining
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

    /// The names of volumes that the ServiceAccount admission controller added: named by its pattern and mounted at
    /// its path.
    private static func injectedVolumes(in spec: JSON) -> Set<String> {
        let account = spec["serviceAccountName"]?.string ?? spec["serviceAccount"]?.string
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

    private static func isInjectedName(_ name: String, account: String?) -> Bool {
        name.hasPrefix("kube-api-access-") || name.hasPrefix("\(account ?? "default")-token-")
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
