import KubeClient
import KubeModel
import Testing

/// A HorizontalPodAutoscaler for the Deployment "web": half of the CPU that is asked for, between two and five replicas.
enum Autoscaler {
    /// HorizontalPodAutoscalers in the newest form that a release has.
    static func resource(of client: APIClient) async throws -> Resource {
        let forms = ["v2", "v2beta2"].map {
            Resource(
                group: "autoscaling",
                version: $0,
                plural: "horizontalpodautoscalers",
                kind: "HorizontalPodAutoscaler"
            )
        }
        return try #require(try await client.firstServed(of: forms))
    }

    /// - Parameter behavior: nil for what an HPA does that says nothing of it.
    static func manifest(_ resource: Resource, behavior: JSON? = nil) -> JSON {
        var spec: JSON = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web"],
            "minReplicas": 2, "maxReplicas": 5,
            "metrics": [
                [
                    "type": "Resource",
                    "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
                ]
            ],
        ]
        spec["behavior"] = behavior
        return [
            "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind), "metadata": ["name": "web"],
            "spec": spec,
        ]
    }

    /// How many replicas the Deployment is to have.
    static func replicas(of space: TestSpace) async throws -> Int64? {
        let deployment = try await space.origin.find(.deployments, "web", in: space.name)
        return deployment?.at("spec", "replicas")?.int
    }

    /// Waits until it is to have so many, and they run.
    static func replicas(
        _ count: Int64,
        in space: TestSpace,
        _ why: String,
        within: Duration = .seconds(60)
    ) async throws {
        try await eventually("\(count) replicas: \(why)", within: within) {
            try await replicas(of: space)
        } until: {
            $0 == count
        }
        _ = try await space.running(Int(count), within: .seconds(30))
    }
}
