import KubeClient
import KubeModel
import Testing
import Transport

extension TranslationTests {
    /// The pages of the virtual node of a cluster in which delegates have other namespaces than their pods.
    @Suite struct NodePageTests {
        @Test("Under a namespace template a node's pages have the names of the origin and no others", .rows(22, 92))
        func names() async throws {
            try await TestSpace.with("pages") { space in
                let spec = Manifest.podSpec(Manifest.cluster("us-west"))
                try await space.apply(Manifest.pod("web", annotations: Manifest.load(cpu: "250m"), spec))
                let (pod, delegate) = try await space.running("web", in: "us-west")
                let namespace = try #require(delegate.at("metadata", "namespace")?.string)
                // The kubelet there knows the delegate by another name, or the rest would show nothing.
                try #require(namespace != space.name)
                _ = try await Self.page("metrics/resource", of: delegate, in: space.fleet.remote("us-west"))

                for page in ["pods", "runningpods/"] {
                    let text = try await Self.page(page, of: pod, in: space.origin)
                    let found = try JSON.parse(text)["items"]?.array?.first { $0.uid == pod.uid }
                    #expect(found?.at("metadata", "namespace")?.string == space.name)
                    #expect(found?.name == "web")
                    #expect(found?.nodeName == "us-west")
                    for foreign in [namespace, delegate.nodeName] { #expect(!text.contains(foreign), "\(page)") }
                }

                let summary = try await Self.page("stats/summary", of: pod, in: space.origin)
                let json = try JSON.parse(summary)
                #expect(json.at("node", "nodeName") == "us-west")
                let found = json["pods"]?.array?.first { $0.at("podRef", "uid")?.string == pod.uid }
                #expect(found?.at("podRef", "namespace")?.string == space.name)
                #expect(found?.at("podRef", "name") == "web")

                let metrics = try await Self.page("metrics/resource", of: pod, in: space.origin)
                let labels = #"{namespace="\#(space.name)",pod="web",container="main"} "#
                #expect(metrics.contains("\ncontainer_cpu_usage_seconds_total\(labels)"), "\(metrics)")
                for foreign in [namespace, delegate.uid, delegate.nodeName] {
                    #expect(!summary.contains(foreign), "\(summary)")
                    #expect(!metrics.contains(foreign), "\(metrics)")
                }
            }
        }

        /// A page of the node on which a pod is, by way of its cluster's API server, once it tells of the pod.
        private static func page(_ page: String, of pod: JSON, in cluster: FleetCluster) async throws -> String {
            let path = "/api/v1/nodes/\(pod.nodeName)/proxy/\(page)"
            let namespace = ObjectMeta(pod).namespace
            return try await eventually("\(path) tells of the pod \(namespace)/web", within: .seconds(20)) {
                String(decoding: try await cluster.client.raw(path: path).body, as: UTF8.self)
            } until: {
                $0.contains("\"\(namespace)\"")
            }
        }
    }
}
