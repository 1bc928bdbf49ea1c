import KubeModel
import Testing

@testable import Providers

@Suite struct ImageRewriteTests {
    private static let rewrites = ImageRewrites([
        "docker.io": "mirror.example/hub", "docker.io/library/": "local.example/base/",
        "registry.example": "mirror.example", "registry.example/team": "team.example",
        "registry.example:5000": "five.example:1",
    ])

    @Test(arguments: [
        ("nginx", "local.example/base/nginx"), ("nginx:1.2", "local.example/base/nginx:1.2"),
        ("me/app:2", "mirror.example/hub/me/app:2"), ("docker.io/me/app", "mirror.example/hub/me/app"),
        ("registry.example/web:1", "mirror.example/web:1"),
        ("registry.example/team/web@sha256:9f86", "team.example/web@sha256:9f86"),
        ("registry.example/team:v1", "team.example:v1"), ("registry.example/teamwork:1", "mirror.example/teamwork:1"),
        ("registry.example:5000/a/b:c@sha256:00", "five.example:1/a/b:c@sha256:00"),
        ("registry.example.org/web", "registry.example.org/web"), ("other.example/nginx", "other.example/nginx"),
        ("registry.example:6000/a", "registry.example:6000/a"),
    ])
    func `The longest prefix wins, and tag and digest stay`(image: String, expected: String) {
        #expect(Self.rewrites.rewrite(image) == expected)
    }

    @Test func `Without a rule that fits a short name stays short`() {
        #expect(ImageRewrites(["quay.io": "mirror.example"]).rewrite("nginx") == "nginx")
        #expect(ImageRewrites().rewrite("nginx") == "nginx")
    }

    @Test func `Images of every kind of container and of volumes are rewritten`() {
        let container: JSON = ["name": "a", "image": "registry.example/a"]
        var spec: JSON = [
            "initContainers": [container], "containers": [container], "ephemeralContainers": [container],
            "volumes": [["name": "v", "image": ["reference": "registry.example/v"]], ["name": "e", "emptyDir": [:]]],
        ]
        Self.rewrites.apply(to: &spec)
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            #expect(spec[field]?[0]?["image"] == "mirror.example/a", "\(field)")
        }
        #expect(spec["volumes"]?[0]?.at("image", "reference") == "mirror.example/v")
        #expect(spec["volumes"]?[1] == ["name": "e", "emptyDir": [:]])
    }
}
