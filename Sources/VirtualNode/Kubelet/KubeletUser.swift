internal import KubeModel
internal import Transport

/// Who asks something of a kubelet endpoint (authentication.k8s.io/v1 UserInfo).
struct KubeletUser: Sendable, Hashable {
    let name: String
    var uid = ""
    var groups: [String] = []
    /// Further claims, as the reviewer of the token gave them.
    var extra: [String: [String]] = [:]

    /// What every user that was recognised belongs to.
    private static let authenticated = "system:authenticated"

    /// Whom a client's certificate names.
    init(_ certificate: PeerCertificate) {
        self.init(name: certificate.commonName, groups: certificate.organizations)
        groups.append(Self.authenticated)
    }

    init(name: String, groups: [String]) {
        self.name = name
        self.groups = groups
    }

    /// Whom a token stands for, from the status of a TokenReview; nil if it stands for nobody.
    init?(review status: JSON?) {
        guard status?["authenticated"]?.bool == true, let user = status?["user"],
            let name = user["username"]?.string, !name.isEmpty
        else { return nil }
        self.name = name
        uid = user["uid"]?.string ?? ""
        groups = user["groups"]?.array?.compactMap(\.string) ?? []
        for (key, values) in user["extra"]?.object ?? JSONObject() {
            extra[key] = values.array?.compactMap(\.string)
        }
    }
}
