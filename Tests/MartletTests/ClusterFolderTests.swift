import Foundation
import KubeClient
import Testing

@testable import martlet

/// A folder of kubeconfigs on this machine's disk.
@Suite struct ClusterFolderTests: ~Copyable {
    private let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// As many tools write them: every cluster with the same names of context, cluster and user.
    private static func kubeconfig(server: String, token: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: default
        contexts: [{name: default, context: {cluster: kubernetes, user: admin}}]
        clusters: [{name: kubernetes, cluster: {server: "\(server)"}}]
        users: [{name: admin, user: {token: \(token)}}]
        """
    }

    private func write(_ text: String, to file: String) throws {
        try text.write(toFile: "\(path)/\(file)", atomically: true, encoding: .utf8)
    }

    /// A file's name, and what it is for.
    @Test(
        arguments: [
            ("us-east.kubeconfig", .kubeconfig(cluster: "us-east")), ("us-east.yaml", .kubeconfig(cluster: "us-east")),
            ("us-east.yml", .kubeconfig(cluster: "us-east")), ("us-east.settings.yaml", .settings(cluster: "us-east")),
            ("us-east.settings.yml", .settings(cluster: "us-east")), ("README.md", .none), ("ca.crt", .none),
            ("..data", .none), (".us-east.yaml.swp", .none), (".us-east.yaml", .none), ("us-east.yaml~", .none),
        ] as [(String, ClusterFolder.Role)]
    )
    func `A file is for what its name says`(file: String, role: ClusterFolder.Role) {
        #expect(ClusterFolder.role(of: file) == role)
    }

    @Test func `Kubeconfigs with the same names of contexts and users do not clash`() async throws {
        for name in ["east", "west"] {
            try write(Self.kubeconfig(server: "https://\(name).example:6443", token: "of-\(name)"), to: "\(name).yaml")
        }
        var folder = ClusterFolder(path: path, environment: [:])
        let offers = try folder.look()
        #expect(offers.map(\.name) == ["east", "west"])
        #expect(offers.allSatisfy { $0.problem == nil })
        for offer in offers {
            guard case .file(let path) = offer.place else { continue }
            let access = try KubeConfig.load(paths: path, environment: [:])
            #expect(access.server == "https://\(offer.name).example:6443")
            #expect(try await access.headers().map(\.value) == ["Bearer of-\(offer.name)"])
        }
    }

    @Test func `Settings stand beside the kubeconfig; a file that is no kubeconfig is told, and mended`() throws {
        try write("clusters: [", to: "east.kubeconfig")
        try write("zone: a", to: "east.settings.yaml")
        try write("zone: b", to: "nobody.settings.yaml")
        var folder = ClusterFolder(path: path, environment: [:])
        let broken = try folder.look()
        #expect(broken.map(\.name) == ["east"])
        #expect(broken.first?.settings == "zone: a")
        #expect(broken.first?.problem?.file == "\(path)/east.kubeconfig")
        try write(Self.kubeconfig(server: "https://east.example", token: "t"), to: "east.kubeconfig")
        let mended = try folder.look()
        #expect(mended.first?.problem == nil)
        try write(Self.kubeconfig(server: "https://east.example", token: "u"), to: "east.kubeconfig")
        #expect(try folder.look() == mended, "other credentials are no other cluster")
        try write("", to: "east.settings.yaml")
        #expect(try folder.look().first?.problem?.message.contains("is empty") == true)
        try write("zone: a", to: "east.settings.yaml")
        #expect(try folder.look() == mended)
        try write("", to: "east.kubeconfig")
        #expect(try folder.look().first?.problem != nil)
        try FileManager.default.removeItem(atPath: "\(path)/east.kubeconfig")
        #expect(try folder.look().isEmpty)
    }

    /// Looks one after the other, by what was seen, and those that are told.
    @Test(
        arguments: [
            ("a", "a"), ("aaa", "a"), ("ab", "a"), ("abb", "ab"), ("aba", "a"), ("abbb", "ab"), ("abab", "a"),
            ("abcc", "ac"), ("abbaa", "aba"),
        ]
    )
    func `What is seen for one look only is not told, but for the first`(looks: String, told: String) {
        var settled = SettledLooks()
        let news = looks.filter { look in
            let name = String(look)
            return settled.isNews([ClusterOffer(place: .file(name), name: name, settings: "", settingsPlace: name)])
        }
        #expect(news == told)
    }

    @Test func `A folder that can't be read is a problem`() {
        var folder = ClusterFolder(path: "\(path)/absent", environment: [:])
        let problems = #expect(throws: ConfigurationProblems.self) { try folder.look() }
        #expect(problems?.description == "\(path)/absent: the folder can't be read: there is no such file")
    }
}
